import type { EscapeCharacter } from "./node.ts";
import { isBlank } from "./split-command.ts";

/** Words between blanks that are neither quoted nor escaped; quotes and escapes stay in them. */
export function quotedWords(text: string, escape: EscapeCharacter): string[] {
  const words: string[] = [];
  let word = "";
  let quote = "";
  let started = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? "";
    if (quote === "" && isBlank(character)) {
      if (started) words.push(word);
      [word, started] = ["", false];
      continue;
    }
    started = true;
    // Nothing escapes within single quotes; an escape at the very end is dropped.
    if (character === escape && quote !== "'") {
      if (at + 1 < text.length) word += character + (text[++at] ?? "");
      continue;
    }
    word += character;
    if (character === quote) quote = "";
    else if (quote === "" && (character === "'" || character === '"')) quote = character;
  }
  if (started && word !== "") words.push(word);
  return words;
}
