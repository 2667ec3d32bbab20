import { EngineError } from "../../base/errors.ts";

/** A JSON array of strings is run as it is; anything else is a line for the shell. */
export function commandOf(text: string): { exec: boolean; words: string[] } {
  const words = jsonWords(text);
  return words === undefined ? { exec: false, words: text === "" ? [] : [text] } : { exec: true, words };
}

/** The strings of a JSON array; undefined where the text is none. */
export function jsonWords(text: string): string[] | undefined {
  if (!text.startsWith("[")) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(value)) return undefined;
  if (!value.every((word) => typeof word === "string"))
    throw new EngineError(
      "invalid",
      "when using JSON array syntax, arrays must be comprised of strings only",
    );
  return value;
}
