// Small texts that many rows share.
import { humanDuration } from "../../spec/duration.ts";

/** The first twelve digits of an ID, without its algorithm. */
export function shortId(id: string): string {
  const colon = id.indexOf(":");
  return (colon >= 0 ? id.slice(colon + 1) : id).slice(0, 12);
}

/** `3 hours ago` of a unix time. */
export function since(unixSeconds: number, now = Date.now()): string {
  return `${humanDuration(now - unixSeconds * 1000)} ago`;
}

/** time.Time.String of a unix time in the local zone: `2006-01-02 15:04:05 +0000 UTC`. */
export function unixTimeString(unixSeconds: number): string {
  const { wall, offset, zone } = localTime(unixSeconds);
  return `${wall.slice(0, 10)} ${wall.slice(11, 19)} ${offset.replace(":", "")} ${zone}`;
}

/** RFC 3339 of a unix time in the local zone. */
export function unixTimeRfc3339(unixSeconds: number): string {
  const { wall, offset } = localTime(unixSeconds);
  return `${wall.slice(0, 19)}${offset === "+00:00" ? "Z" : offset}`;
}

/** The wall clock of the local zone, its offset (`+02:00`) and its abbreviation. */
export function localTime(unixSeconds: number): { wall: string; offset: string; zone: string } {
  const date = new Date(unixSeconds * 1000);
  const minutes = -date.getTimezoneOffset();
  const wall = new Date(date.getTime() + minutes * 60_000).toISOString();
  const size = Math.abs(minutes);
  const offset = `${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
  return { wall, offset, zone: zoneName(date, minutes, offset) };
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}

/** `CET`; where the zone has no letters, its offset as Go writes it: `-03`. */
function zoneName(date: Date, minutes: number, offset: string): string {
  if (minutes === 0 && (process.env.TZ ?? "") === "") return "UTC";
  const name = /\(([A-Z]{2,5})\)/.exec(date.toString())?.[1] ?? abbreviation(date);
  if (name !== undefined) return name;
  return minutes === 0 ? "UTC" : offset.endsWith(":00") ? offset.slice(0, 3) : offset.replace(":", "");
}

function abbreviation(date: Date): string | undefined {
  const parts = new Intl.DateTimeFormat("en-US", { timeZoneName: "short" }).formatToParts(date);
  const name = parts.find((part) => part.type === "timeZoneName")?.value ?? "";
  return /^[A-Z]{2,5}$/.test(name) ? name : undefined;
}

/** `a=b,c=d` of labels, sorted. */
export function joinLabels(labels: Readonly<Record<string, string>> | null | undefined): string {
  return Object.entries(labels ?? {})
    .map(([name, value]) => `${name}=${value}`)
    .sort((a, b) => (a < b ? -1 : 1))
    .join(",");
}
