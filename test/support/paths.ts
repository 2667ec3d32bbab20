import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

export const projectRoot = resolve(import.meta.dirname, "..", "..");
export const gantryBinary = join(projectRoot, "dist", "gantry");
export const cacheDirectory = join(projectRoot, ".cache");

/** Everything a test run of this checkout makes in /tmp begins with this, so that the next run can find what a crash left. */
export const runPrefix = `gantry-test-${createHash("sha256").update(projectRoot).digest("hex").slice(0, 6)}-`;

/** The folder with reference material beside the project, where there is one. */
export function sharedDirectory(): string | undefined {
  const candidate = process.env.GANTRY_SHARED ?? join(projectRoot, "..", "shared");
  return existsSync(candidate) ? candidate : undefined;
}
