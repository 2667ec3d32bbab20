// Checks of addresses and names that only the command makes.

const label = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
const domain = new RegExp(`^(${label}(?:\\.${label})*)\\.?\\s*$`);

/** One `--dns-search`: a domain, or `.` for none. Throws in docker's words. */
export function parseSearchDomain(text: string): string {
  const trimmed = text.replace(/^ +| +$/g, "");
  if (trimmed === ".") return trimmed;
  const name = /[a-zA-Z]/.test(trimmed) ? domain.exec(trimmed)?.[1] : undefined;
  if (name === undefined || name.length >= 255) throw new Error(`${trimmed} is not a valid domain`);
  return name;
}

/** EUI-48, EUI-64 or 20 bytes, in any of the three notations that Go reads. Throws in docker's words. */
export function checkMacAddress(text: string): void {
  const octets = /^[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1)*[0-9a-f]{2}$/i.test(text);
  const quads = /^[0-9a-f]{4}(?:\.[0-9a-f]{4})+$/i.test(text);
  const lengths = octets ? [17, 23, 59] : quads ? [14, 19, 49] : [];
  if (!lengths.includes(text.length)) throw new Error(`${text} is not a valid mac address`);
}
