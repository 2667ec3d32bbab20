// What dockerd's local driver accepts as name and options; messages follow `create NAME: `.
import { EngineError } from "../base/errors.ts";

const namePattern = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;
const knownOptions = ["type", "o", "device", "size"];

/** Marks a volume whose user gave no name. */
export const anonymousLabel = "com.docker.volume.anonymous";

/** Throws `invalid`. */
export function checkVolumeName(name: string): void {
  if (Buffer.byteLength(name) === 1) {
    throw invalid(name, "volume name is too short, names should be at least two alphanumeric characters");
  }
  if (namePattern.test(name)) return;
  throw invalid(
    name,
    `${JSON.stringify(name)} includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path`,
  );
}

/** Only the driver `local` is there. Throws not-found. */
export function checkVolumeDriver(name: string, driver: string): void {
  if (driver === "" || driver === "local") return;
  throw new EngineError(
    "not-found",
    `create ${name}: error looking up volume plugin ${driver}: plugin ${JSON.stringify(driver)} not found`,
  );
}

/** Throws `invalid`. */
export function checkVolumeOptions(name: string, options: Record<string, string>): void {
  const strange = Object.keys(options).find((option) => !knownOptions.includes(option));
  if (strange !== undefined) throw invalid(name, `invalid option: ${JSON.stringify(strange)}`);
  if (options.size !== undefined) throw invalid(name, "quota size requested but no quota support");
  const { type = "", device = "", o = "" } = options;
  if (device === "" && (type !== "" || o !== "")) throw missing(name, "device");
  if (device !== "" && type === "") throw missing(name, "type");
}

function missing(name: string, option: string): EngineError {
  return invalid(name, `missing required option: ${JSON.stringify(option)}`);
}

function invalid(name: string, problem: string): EngineError {
  return new EngineError("invalid", `create ${name}: ${problem}`);
}
