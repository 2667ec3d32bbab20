// Durations as Go and Docker write them. In numbers they are nanoseconds, as in the API.
import { EngineError } from "../base/errors.ts";

const nanosecondsIn: Record<string, number> = {
  ns: 1,
  us: 1e3,
  "\u00b5s": 1e3,
  "\u03bcs": 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/** Nanoseconds in `1h30m`, `1.5s`, `-2ms`, `0`. Throws `invalid` with Go's words. */
export function parseDuration(text: string): number {
  const quoted = JSON.stringify(text);
  const sign = text.startsWith("-") ? -1 : 1;
  let rest = text.replace(/^[+-]/, "");
  if (rest === "0") return 0;
  if (rest === "") throw invalid(`time: invalid duration ${quoted}`);
  let total = 0;
  while (rest !== "") {
    const [part, digits = "", unit = ""] = /^(\d+\.?\d*|\.\d+)?([^\d.]*)/.exec(rest) ?? [""];
    if (digits === "") throw invalid(`time: invalid duration ${quoted}`);
    if (unit === "") throw invalid(`time: missing unit in duration ${quoted}`);
    const scale = nanosecondsIn[unit];
    if (scale === undefined) {
      throw invalid(`time: unknown unit ${JSON.stringify(unit)} in duration ${quoted}`);
    }
    total += Number(digits) * scale;
    rest = rest.slice(part.length);
  }
  if (total >= 2 ** 63) throw invalid(`time: invalid duration ${quoted}`);
  return total === 0 ? 0 : sign * Math.trunc(total);
}

/** Go's form: `1h30m0s`, `1.5s`, `20ms`, `0s`. */
export function formatDuration(nanoseconds: number): string {
  if (nanoseconds === 0) return "0s";
  const sign = nanoseconds < 0 ? "-" : "";
  const size = Math.abs(nanoseconds);
  if (size < 1e3) return `${sign}${size}ns`;
  if (size < 1e6) return `${sign}${trimmed(size, 1e3)}\u00b5s`;
  if (size < 1e9) return `${sign}${trimmed(size, 1e6)}ms`;
  const hours = Math.floor(size / 3600e9);
  const minutes = Math.floor((size % 3600e9) / 60e9);
  const seconds = `${trimmed(size % 60e9, 1e9)}s`;
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${sign}${minutes}m${seconds}` : sign + seconds;
}

/** Docker's rough words for how long something took or is ago: `About an hour`, `3 days`. */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.trunc(milliseconds / 1e3);
  if (seconds < 1) return "Less than a second";
  if (seconds === 1) return "1 second";
  if (seconds < 60) return `${seconds} seconds`;
  const minutes = Math.trunc(seconds / 60);
  if (minutes === 1) return "About a minute";
  if (minutes < 60) return `${minutes} minutes`;
  const hours = Math.trunc(milliseconds / 3600e3 + 0.5);
  if (hours === 1) return "About an hour";
  if (hours < 48) return `${hours} hours`;
  if (hours < 24 * 14) return `${Math.trunc(hours / 24)} days`;
  if (hours < 24 * 60) return `${Math.trunc(hours / 24 / 7)} weeks`;
  if (hours < 24 * 365 * 2) return `${Math.trunc(hours / 24 / 30)} months`;
  return `${Math.trunc(milliseconds / 3600e3 / 24 / 365)} years`;
}

/** `value / unit` with the fraction's trailing zeros cut; exact, as both are integers. */
function trimmed(value: number, unit: number): string {
  const whole = Math.floor(value / unit);
  const width = String(unit).length - 1;
  const fraction = String(Math.trunc(value % unit))
    .padStart(width, "0")
    .replace(/0+$/, "");
  return fraction === "" ? String(whole) : `${whole}.${fraction}`;
}

function invalid(message: string): EngineError {
  return new EngineError("invalid", message);
}
