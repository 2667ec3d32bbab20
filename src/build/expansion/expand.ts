import { messageOf } from "../../base/errors.ts";
import type { EscapeCharacter } from "../dockerfile/node.ts";
import { Expander } from "./expander.ts";

/** The value of a variable; undefined if it is not set. */
export type Lookup = (name: string) => string | undefined;

export interface ExpandOptions {
  /** `\` unless the Dockerfile says otherwise. */
  escape?: EscapeCharacter;
  /** Variables that are not set stay as they are written. */
  keepUnset?: boolean;
  /** Quotes are text, as in a heredoc. */
  literalQuotes?: boolean;
}

export interface Expansion {
  /** The word without its quotes, variables replaced. */
  text: string;
  /** The same, split at blanks that were not quoted, as EXPOSE takes it. */
  words: string[];
  /** Names that were asked for and not set. */
  unset: ReadonlySet<string>;
}

/** Replaces `$name`, `${name}` and every `${name<modifier>…}` as a shell would. Throws an Error that names the word. */
export function expand(word: string, lookup: Lookup, options: ExpandOptions = {}): Expansion {
  // Most words hold nothing to replace.
  if (!/[$'"\\`\s]/.test(word)) return { text: word, words: word === "" ? [] : [word], unset: new Set() };
  const expander = new Expander(word, lookup, options);
  try {
    return expander.run();
  } catch (error) {
    throw new Error(`failed to process ${JSON.stringify(word)}: ${messageOf(error)}`, { cause: error });
  }
}
