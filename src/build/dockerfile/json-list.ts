/** A JSON list that is not all strings: unlike other near misses, it is not taken for a command line. */
export class NotStringsError extends Error {
  constructor() {
    super("when using JSON array syntax, arrays must be comprised of strings only");
    this.name = "NotStringsError";
  }
}

/** The strings of `["a", "b"]`; undefined if it is no JSON list at all. Throws NotStringsError. */
export function parseJsonList(text: string): string[] | undefined {
  if (!text.trimStart().startsWith("[")) return undefined;
  const list = parseJson(text);
  if (!Array.isArray(list)) return undefined;
  if (!list.every((item) => typeof item === "string")) throw new NotStringsError();
  return list;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
