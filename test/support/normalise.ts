/** What differs between two runs of the same command on the same engine, replaced by a word for it. */
export function normalise(text: string): string {
  return replacements.reduce((changed, [pattern, word]) => changed.replace(pattern, word), text);
}

const replacements: [RegExp, string][] = [
  [/\b[0-9a-f]{64}\b/g, "<id>"],
  [/\b[0-9a-f]{12}\b/g, "<id12>"],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)/g, "<time>"],
  [/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? [+-]\d{4} [A-Z]+/g, "<time>"],
  [/\b(Less than a second|About a minute|About an hour|\d+ (second|minute|hour)s?)( ago)?/g, "<age>"],
  [/\b172\.\d+\.\d+\.\d+\b/g, "<address>"],
  [/\b[0-9a-f]{2}(:[0-9a-f]{2}){5}\b/g, "<mac>"],
];

/** JSON documents (one, or one a line) as a line for each value or its type, in the order of their paths. */
export function jsonLines(text: string, what: "values" | "types" = "values"): string {
  const show = what === "values" ? JSON.stringify : typeOf;
  const whole = parsed(text);
  if (whole !== undefined) return `${pathsOf("", whole, show).join("\n")}\n`;
  return text
    .split("\n")
    .map((line) => {
      const document = parsed(line);
      return document === undefined ? line : pathsOf("", document, show).join("\n");
    })
    .join("\n");
}

function parsed(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function pathsOf(path: string, value: unknown, show: (value: unknown) => string): string[] {
  if (Array.isArray(value) && value.length > 0)
    return value.flatMap((item, index) => pathsOf(`${path}[${index}]`, item, show));
  if (typeof value === "object" && value !== null && Object.keys(value).length > 0)
    return Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([key, item]) => pathsOf(path === "" ? key : `${path}.${key}`, item, show));
  return [`${path}: ${show(value)}`];
}

function typeOf(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : typeof value;
}
