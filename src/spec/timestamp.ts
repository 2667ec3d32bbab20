// Points in time as `--since` and `--until` take them, and as the API carries them.
import { EngineError } from "../base/errors.ts";
import { parseDuration } from "./duration.ts";

/** Seconds since the epoch and nanoseconds in that second. */
export interface Timestamp {
  seconds: number;
  nanoseconds: number;
}

/**
 * What the command line sends for a `--since` or `--until`: a date (RFC 3339, also cut short; without zone it is
 * local), a duration before `now`, or a unix time, which passes as it is. Throws `invalid` with Go's words.
 */
export function toApiTimestamp(text: string, now: Date): string {
  const duration = text === "0" ? undefined : durationOf(text);
  if (duration !== undefined) return String(Math.floor((now.getTime() - duration / 1e6) / 1e3));
  const layout = layoutOf(text);
  const date = readDate(text, layout);
  if (typeof date !== "string") return formatTimestamp(date);
  if (text.includes("-")) throw invalid(date);
  if (!/^[+-]?\d+(\.\d+)?$/.test(text)) {
    throw invalid(`failed to parse value as time or duration: ${JSON.stringify(text)}`);
  }
  return text;
}

/** The API's `1136073600.000000001`. Throws `invalid` with dockerd's words. */
export function parseApiTimestamp(text: string): Timestamp {
  const dot = text.indexOf(".");
  const seconds = wholeNumber(dot < 0 ? text : text.slice(0, dot));
  if (dot < 0) return { seconds, nanoseconds: 0 };
  const fraction = text.slice(dot + 1);
  wholeNumber(fraction);
  return { seconds, nanoseconds: Number(fraction.slice(0, 9).padEnd(9, "0")) };
}

/** The inverse of `parseApiTimestamp`. */
export function formatTimestamp({ seconds, nanoseconds }: Timestamp): string {
  return `${seconds}.${String(nanoseconds).padStart(9, "0")}`;
}

function durationOf(text: string): number | undefined {
  try {
    return parseDuration(text);
  } catch {
    return undefined;
  }
}

/** Go's layout for the parts that `text` seems to have; it appears in the error messages. */
function layoutOf(text: string): string {
  const local = !/[zZ+]/.test(text) && text.split("-").length - 1 !== 3;
  const zone = local ? "" : "Z07:00";
  if (text.includes(".")) return `2006-01-02T15:04:05.999999999${zone}`;
  if (!text.includes("T")) return `2006-01-02${zone}`;
  const zoneColon = !local && !/[zZ]/.test(text) ? 1 : 0;
  const colons = text.split(":").length - 1 - zoneColon;
  const clock = colons <= 0 ? "15" : colons === 1 ? "15:04" : "15:04:05";
  return `2006-01-02T${clock}${zone}`;
}

const fields = ["2006", "01", "02", "15", "04", "05"] as const;
const fieldNames = ["year", "month", "day", "hour", "minute", "second"] as const;

/** The time, or in Go's words why `text` is none. */
function readDate(text: string, layout: string): Timestamp | string {
  const problem = `parsing time ${JSON.stringify(text)}`;
  const values: number[] = [1970, 1, 1, 0, 0, 0];
  let rest = text;
  const zoned = layout.endsWith("Z07:00");
  const plain = zoned ? layout.slice(0, -6) : layout;
  for (const [index, field] of fields.entries()) {
    const at = plain.indexOf(field);
    if (at < 0) break;
    const separator = at === 0 ? "" : plain.charAt(at - 1);
    if (separator !== "" && !rest.startsWith(separator)) {
      return `${problem} as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(separator)}`;
    }
    rest = rest.slice(separator.length);
    const digits = rest.slice(0, field.length);
    if (digits.length < field.length || !/^\d+$/.test(digits)) {
      return `${problem} as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(field)}`;
    }
    values[index] = Number(digits);
    if (!inRange(index, values)) return `${problem}: ${fieldNames[index]} out of range`;
    rest = rest.slice(field.length);
  }
  const fraction = /^[.,](\d+)/.exec(rest);
  if (plain.includes("15:04:05") && fraction !== null) rest = rest.slice(fraction[0].length);
  const zone = zoned ? /^(?:Z|([+-])(\d\d):(\d\d))/.exec(rest) : null;
  if (zoned && zone === null) {
    return `${problem} as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(rest)} as "Z07:00"`;
  }
  rest = rest.slice(zone?.[0].length ?? 0);
  if (rest !== "") return `${problem}: extra text: ${JSON.stringify(rest)}`;
  return {
    seconds: secondsOf(values, zoned ? zoneMinutes(zone) : undefined),
    nanoseconds: Number((fraction?.[1] ?? "").slice(0, 9).padEnd(9, "0")),
  };
}

function inRange(index: number, [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0]: number[]) {
  switch (index) {
    case 1:
      return month >= 1 && month <= 12;
    case 2:
      return day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
    default:
      return hour < 24 && minute < 60 && second < 60;
  }
}

function zoneMinutes(zone: RegExpExecArray | null): number {
  if (zone?.[1] === undefined) return 0;
  return (zone[1] === "-" ? -1 : 1) * (Number(zone[2]) * 60 + Number(zone[3]));
}

/** Undefined `offsetMinutes` means local time. */
function secondsOf(values: number[], offsetMinutes: number | undefined): number {
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = values;
  const local = offsetMinutes === undefined;
  const milliseconds = local
    ? new Date(year, month - 1, day, hour, minute, second).getTime()
    : Date.UTC(year, month - 1, day, hour, minute, second) - offsetMinutes * 60_000;
  return milliseconds / 1e3;
}

function wholeNumber(text: string): number {
  if (/^[+-]?\d+$/.test(text)) return Number(text);
  throw invalid(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
}

function invalid(message: string): EngineError {
  return new EngineError("invalid", message);
}
