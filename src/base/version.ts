/** The program's version, as in package.json (a test compares them). */
export const programVersion = "0.1.0";

/** Written in by the build (scripts/build.mjs); empty when run from source. */
export const gitCommit = process.env.GANTRY_BUILD_COMMIT ?? "";
export const buildTime = process.env.GANTRY_BUILD_TIME ?? "";

/** The Engine API spoken, newest and oldest. */
export const apiVersion = "1.51";
export const minApiVersion = "1.24";
