/** Go's time.Time.String of an RFC 3339 time: `2006-01-02 15:04:05.999999999 -0700 MST`. */
export function rfc3339String(text: string): string {
  const match = /^(.{10})T(.{8})(\.\d+)?(Z|[+-]\d\d:\d\d)$/.exec(text === "" ? "0001-01-01T00:00:00Z" : text);
  if (match === null) return text;
  const [, day, clock, fraction = "", zone = "Z"] = match;
  const offset = zone === "Z" ? "+0000" : zone.replace(":", "");
  const digits = fraction.replace(/0+$/, "");
  return `${day} ${clock}${digits === "." ? "" : digits} ${offset} ${offset === "+0000" ? "UTC" : offset}`;
}
