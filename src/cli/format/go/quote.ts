// strconv.Quote and strconv.Unquote.
import { isPlainAscii } from "../display-width.ts";

const escapes: Record<string, string> = {
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
};

/** A Go string literal, as `%q` and strconv.Quote write it. */
export function quote(text: string, mark: '"' | "'" = '"', asciiOnly = false): string {
  // What nearly every text is: a thousand commands of `ps` cost 6 ms one character at a time.
  if (isPlainAscii(text) && !text.includes("\\") && !text.includes(mark)) return `${mark}${text}${mark}`;
  let out: string = mark;
  for (const character of text) out += quoteRune(character, mark, asciiOnly);
  return out + mark;
}

function quoteRune(character: string, mark: string, asciiOnly: boolean): string {
  if (character === mark) return `\\${mark}`;
  const escape = escapes[character];
  if (escape !== undefined) return escape;
  const code = character.codePointAt(0) ?? 0;
  if (isPrintable(character, code) && (code < 0x80 || !asciiOnly)) return character;
  if (code < 0x20 || code === 0x7f) return `\\x${hex(code, 2)}`;
  return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
}

function isPrintable(character: string, code: number): boolean {
  if (code < 0x7f) return code >= 0x20;
  return /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(character);
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}

const plain: Record<string, string> = {
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
};

/** The text of a Go string or character literal with its quotes; undefined when it is not one. */
export function unquote(literal: string): string | undefined {
  const mark = literal[0] ?? "";
  if (literal.length < 2 || literal.at(-1) !== mark) return undefined;
  const body = literal.slice(1, -1);
  if (mark === "`") return body.replaceAll("\r", "");
  const bytes: Buffer[] = [];
  for (let at = 0; at < body.length; ) {
    const step = unquoteOne(body, at, mark);
    if (step === undefined) return undefined;
    bytes.push(step.bytes);
    at = step.next;
  }
  return Buffer.concat(bytes).toString("utf8");
}

function unquoteOne(body: string, at: number, mark: string): { bytes: Buffer; next: number } | undefined {
  const character = String.fromCodePoint(body.codePointAt(at) ?? 0);
  if (character === mark || character === "\n") return undefined;
  if (character !== "\\") return { bytes: Buffer.from(character), next: at + character.length };
  const escape = body[at + 1] ?? "";
  if (escape === mark) return { bytes: Buffer.from(mark), next: at + 2 };
  const simple = plain[escape];
  if (simple !== undefined) return { bytes: Buffer.from(simple), next: at + 2 };
  return unquoteNumeric(body, at, escape);
}

const numeric: [RegExp, number][] = [
  [/^\\x([0-9a-fA-F]{2})/, 16],
  [/^\\([0-7]{3})/, 8],
  [/^\\u([0-9a-fA-F]{4})/, 16],
  [/^\\U([0-9a-fA-F]{8})/, 16],
];

function unquoteNumeric(
  body: string,
  at: number,
  escape: string,
): { bytes: Buffer; next: number } | undefined {
  for (const [pattern, base] of numeric) {
    const match = pattern.exec(body.slice(at));
    if (match === null) continue;
    const code = Number.parseInt(match[1] ?? "", base);
    const isRune = escape === "u" || escape === "U";
    if (code > (isRune ? 0x10ffff : 0xff)) return undefined;
    return {
      bytes: isRune ? Buffer.from(String.fromCodePoint(code)) : Buffer.from([code]),
      next: at + match[0].length,
    };
  }
  return undefined;
}
