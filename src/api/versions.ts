import { EngineError } from "../base/errors.ts";
import { apiVersion, minApiVersion } from "../base/version.ts";

const [, newestMinor = 0] = apiVersion.split(".").map(Number);
const [, oldestMinor = 0] = minApiVersion.split(".").map(Number);
export { newestMinor };

/** Clients this old are told so in plain text: they do not know JSON errors. Undefined when `text` is new enough. */
export function tooOld(text: string): string | undefined {
  const [major = 0, minor = 0] = text.split(".").map(Number);
  if (major > 1 || (major === 1 && minor >= oldestMinor)) return undefined;
  return `client version ${text} is too old. Minimum supported API version is ${minApiVersion}, please upgrade your client to a newer version`;
}

/**
 * Checks the version in a path (`1.44`) and answers its minor number. Go's comparison: number by number, what is
 * missing counts as nothing, so that `1.51.1` is newer than `1.51`.
 */
export function checkVersion(text: string): number {
  const parts = text.split(".").map(Number);
  const [major = 0, minor = 0] = parts;
  const further = parts.slice(2).some((part) => part > 0);
  if (major > 1 || minor > newestMinor || (minor === newestMinor && further))
    throw new EngineError(
      "invalid",
      `client version ${text} is too new. Maximum supported API version is ${apiVersion}`,
    );
  return minor;
}
