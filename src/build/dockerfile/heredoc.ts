import type { EscapeCharacter, Heredoc } from "./node.ts";
import { quotedWords } from "./quoted-words.ts";

/** A heredoc's mark, without its text yet. */
export type HeredocMark = Omit<Heredoc, "content">;

const mark = /^(\d*)<<(-?)([^<]+)$/;

/** `<<EOF`, `3<<-"EOF"` and the like; undefined for any other word. */
export function parseHeredocMark(word: string, escape: EscapeCharacter = "\\"): HeredocMark | undefined {
  const match = mark.exec(word);
  if (match === null) return undefined;
  const [, descriptor = "", dash, written = ""] = match;
  const name = unquoted(written, escape);
  if (name === "" || quotedWords(written, escape).length !== 1) return undefined;
  return {
    name,
    expand: name === written,
    chomp: dash === "-",
    fileDescriptor: descriptor === "" ? 0 : Number(descriptor),
  };
}

/** Every heredoc that a line begins, in the order their texts follow. */
export function heredocMarks(line: string, escape: EscapeCharacter): HeredocMark[] {
  if (!line.includes("<<")) return [];
  return quotedWords(line, escape).flatMap((word) => parseHeredocMark(word, escape) ?? []);
}

/** What a heredoc says: its lines, without leading tabs if it was written `<<-`. */
export function heredocText({ content, chomp }: Pick<Heredoc, "content" | "chomp">): string {
  return chomp ? content.replace(/^\t+/gm, "") : content;
}

function unquoted(word: string, escape: EscapeCharacter): string {
  let text = "";
  let quote = "";
  for (let at = 0; at < word.length; at++) {
    const character = word[at] ?? "";
    if (character === quote) quote = "";
    else if (quote === "" && (character === "'" || character === '"')) quote = character;
    else if (character === escape && quote !== "'") text += word[++at] ?? "";
    else text += character;
  }
  return text;
}
