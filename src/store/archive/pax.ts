import { invalidHeader } from "./tar-entry.ts";
import type { FileTime } from "../../linux/special-files.ts";

// POSIX.1-2001 extended headers: records of "LENGTH KEY=VALUE\n", LENGTH counting itself (pax(1), "pax Extended
// Header"). Values are kept as bytes: SCHILY.xattr.security.capability is binary and holds NULs and newlines.

/** An extended header's records in order; sparse format 0.0 repeats keys. */
export type PaxRecords = [key: string, value: Buffer][];

export const xattrPrefix = "SCHILY.xattr.";
/** POSIX strings: a NUL inside one would be cut off by the kernel and so name another file than the one checked. */
const texts = new Set(["path", "linkpath", "uname", "gname"]);

/** Throws `invalid` where a record is not whole. */
export function parsePaxRecords(bytes: Buffer): PaxRecords {
  const records: PaxRecords = [];
  for (let start = 0; start < bytes.length; ) {
    const blank = bytes.indexOf(0x20, start);
    const digits = blank < 0 ? "" : bytes.toString("latin1", start, blank);
    const end = start + Number(digits);
    const equals = bytes.indexOf(0x3d, blank + 1);
    if (!/^[1-9]\d{0,8}$/.test(digits) || end > bytes.length || equals <= blank + 1 || equals >= end)
      throw invalidHeader("a pax record is not whole");
    if (bytes[end - 1] !== 0x0a) throw invalidHeader("a pax record is not whole");
    const key = bytes.toString("utf8", blank + 1, equals);
    const value = Buffer.from(bytes.subarray(equals + 1, end - 1));
    if (texts.has(key) && value.includes(0)) throw invalidHeader(`pax ${key} holds a NUL byte`);
    records.push([key, value]);
    start = end;
  }
  return records;
}

export function encodePaxRecords(records: PaxRecords): Buffer {
  return Buffer.concat(
    records.map(([key, value]) => {
      const body = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from("\n")]);
      let length = body.length + 1;
      while (String(length).length + body.length !== length) length = String(length).length + body.length;
      return Buffer.concat([Buffer.from(String(length)), body]);
    }),
  );
}

/** A decimal integer. Throws `invalid`. */
export function paxInteger(key: string, value: Buffer): number {
  const number = Number(value.toString("latin1"));
  if (!/^-?\d+$/.test(value.toString("latin1")) || !Number.isSafeInteger(number))
    throw invalidHeader(`pax ${key} is not a number`);
  return number;
}

/** Seconds with a fraction, possibly negative. */
export function paxTime(key: string, value: Buffer): FileTime {
  const match = /^(-?)(\d{1,15})(?:\.(\d*))?$/.exec(value.toString("latin1"));
  if (match === null) throw invalidHeader(`pax ${key} is not a time`);
  const [, sign, whole = "", fraction = ""] = match;
  const nanoseconds = Number(fraction.slice(0, 9).padEnd(9, "0"));
  const seconds = Number(whole);
  if (sign !== "-") return { seconds, nanoseconds };
  return nanoseconds === 0
    ? { seconds: -seconds, nanoseconds }
    : { seconds: -seconds - 1, nanoseconds: 1_000_000_000 - nanoseconds };
}

/** The shortest text of a time: no fraction where there is none. */
export function formatPaxTime(time: FileTime): string {
  if (time.nanoseconds === 0) return String(time.seconds);
  const negative = time.seconds < 0;
  const whole = negative ? -time.seconds - 1 : time.seconds;
  const nanoseconds = negative ? 1_000_000_000 - time.nanoseconds : time.nanoseconds;
  const fraction = String(nanoseconds).padStart(9, "0").replace(/0+$/, "");
  return `${negative ? "-" : ""}${whole}.${fraction}`;
}
