import type { ImageConfigFile } from "../spec/oci-image.ts";

/** Nanoseconds since the epoch of an RFC 3339 time; undefined where there is none. */
export function createdNanos({ created }: ImageConfigFile): bigint | undefined {
  return created === undefined || created === null ? undefined : timeNanos(created);
}

export function timeNanos(text: string): bigint | undefined {
  const match = /^(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)$/.exec(text);
  if (match === null) return undefined;
  const [, seconds = "", fraction = "", zone = ""] = match;
  const milliseconds = Date.parse(seconds + zone);
  if (Number.isNaN(milliseconds)) return undefined;
  return BigInt(milliseconds) * 1_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, "0"));
}

/** Whole seconds since the epoch, as lists and histories show them. No time is Go's zero. */
export function unixSeconds(created: string | undefined): number {
  const nanos = created === undefined || created === null ? undefined : timeNanos(created);
  return nanos === undefined ? zeroTimeSeconds : Number(nanos / 1_000_000_000n);
}

/** 0001-01-01T00:00:00Z. */
const zeroTimeSeconds = -62135596800;
export const zeroTime = "0001-01-01T00:00:00Z";

/** As Go prints times (RFC3339Nano): a fraction without the zeros at its end. */
export function goTime(text: string): string {
  return text.replace(/(\.\d*?)0+(?=[Zz]|[+-]\d\d:\d\d$)/, "$1").replace(/\.(?=[Zz]|[+-])/, "");
}
