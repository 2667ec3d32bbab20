/** Blanks of a Dockerfile; a no-break space is not one. */
const blank = /[\t\v\f\r ]+/;

export interface SplitCommand {
  keyword: string;
  flags: string[];
  rest: string;
}

/** Takes a logical line apart: `COPY --from=a b c` → keyword, flags, `b c`. */
export function splitCommand(line: string): SplitCommand {
  const trimmed = line.trim();
  const at = trimmed.search(blank);
  if (at < 0) return { keyword: trimmed, flags: [], rest: "" };
  const { flags, rest } = takeFlags(trimmed.slice(at));
  return { keyword: trimmed.slice(0, at), flags, rest: rest.trim() };
}

/** Leading `--flag` words, without their quotes and escapes; `--` ends them and is dropped. */
function takeFlags(text: string): { flags: string[]; rest: string } {
  const flags: string[] = [];
  let at = 0;
  for (;;) {
    while (at < text.length && isBlank(text[at])) at++;
    if (!text.startsWith("--", at)) return { flags, rest: text.slice(at) };
    const { word, end } = takeWord(text, at);
    at = end;
    if (word === "--") return { flags, rest: text.slice(at) };
    flags.push(word);
  }
}

function takeWord(text: string, start: number): { word: string; end: number } {
  let word = "";
  let quote = "";
  let at = start;
  for (; at < text.length; at++) {
    const character = text[at] ?? "";
    if (quote === "" && isBlank(character)) break;
    if (character === quote) quote = "";
    else if (quote === "" && (character === "'" || character === '"')) quote = character;
    else if (character === "\\") word += text[++at] ?? "";
    else word += character;
  }
  return { word, end: at };
}

export function isBlank(character: string | undefined): boolean {
  return character !== undefined && /\s/.test(character);
}

/** The words between blanks; quotes mean nothing. */
export function splitBlanks(text: string): string[] {
  return text === "" ? [] : text.split(blank);
}

/** The first word and everything behind it. */
export function cutBlank(text: string): [first: string, rest: string | undefined] {
  const match = blank.exec(text);
  if (match === null) return [text, undefined];
  return [text.slice(0, match.index), text.slice(match.index + match[0].length)];
}
