// Cuts a template into tokens, one at a time, with Go's rules of where an action begins, ends and trims.

export type TokenKind =
  | "error"
  | "eof"
  | "text"
  | "leftDelim"
  | "rightDelim"
  | "space"
  | "bool"
  | "char"
  | "charConstant"
  | "number"
  | "string"
  | "rawString"
  | "identifier"
  | "keyword"
  | "field"
  | "variable"
  | "dot"
  | "nil"
  | "assign"
  | "declare"
  | "pipe"
  | "leftParen"
  | "rightParen";

export interface Token {
  kind: TokenKind;
  text: string;
  /** Where it begins in the source, and on which line. */
  position: number;
  line: number;
}

const keywords = new Set([
  "block",
  "break",
  "continue",
  "define",
  "else",
  "end",
  "if",
  "range",
  "template",
  "with",
]);
const trimRight = /[ \t\r\n]+$/;
const trimLeft = /^[ \t\r\n]+/;
const letter = /[\p{L}\p{Nd}_]/u;

export class Lexer {
  readonly #source: string;
  #at = 0;
  #line = 1;
  #inAction = false;
  #parens = 0;

  constructor(source: string) {
    this.#source = source;
  }

  next(): Token {
    return this.#inAction ? this.#action() : this.#text();
  }

  /** Text up to the next action, less what a trim marker takes away; comments vanish. */
  #text(): Token {
    const start = this.#at;
    const open = this.#source.indexOf("{{", start);
    if (open < 0) {
      const rest = this.#source.slice(start);
      return rest === "" ? this.#token("eof", "") : this.#token("text", rest);
    }
    const trims = /^\{\{-[ \t\r\n]/.test(this.#source.slice(open, open + 4));
    const text = this.#source.slice(start, open);
    const kept = trims ? text.replace(trimRight, "") : text;
    if (kept !== "") {
      const token = this.#token("text", kept);
      this.#skip(text.length - kept.length);
      return token;
    }
    this.#skip(text.length);
    return this.#leftDelim(trims);
  }

  #leftDelim(trims: boolean): Token {
    const marker = trims ? 2 : 0;
    if (this.#source.startsWith("/*", this.#at + 2 + marker)) return this.#comment(2 + marker);
    const token = this.#token("leftDelim", "{{");
    this.#skip(trims ? 1 : 0);
    this.#inAction = true;
    this.#parens = 0;
    return token;
  }

  #comment(opening: number): Token {
    const close = this.#source.indexOf("*/", this.#at + opening);
    if (close < 0) return this.#error("unclosed comment");
    this.#skip(close + 2 - this.#at);
    const end = this.#rightDelim();
    if (end === undefined) return this.#error("comment ends before closing delimiter");
    this.#skip(end.length);
    if (end.trims) this.#trimLeft();
    return this.#text();
  }

  /** Whether an action ends here, and how long its end is. */
  #rightDelim(): { length: number; trims: boolean } | undefined {
    const match = /^(?:[ \t\r\n]-)?\}\}/.exec(this.#source.slice(this.#at, this.#at + 4));
    return match === null ? undefined : { length: match[0].length, trims: match[0].length === 4 };
  }

  #trimLeft(): void {
    this.#skip(trimLeft.exec(this.#source.slice(this.#at))?.[0].length ?? 0);
  }

  #action(): Token {
    const end = this.#rightDelim();
    if (end !== undefined) return this.#actionEnd(end);
    const rest = this.#source.slice(this.#at);
    const character = String.fromCodePoint(rest.codePointAt(0) ?? 0);
    if (rest === "") return this.#error("unclosed action");
    const space = trimLeft.exec(rest)?.[0];
    if (space !== undefined) return this.#space(space);
    if (character === '"' || character === "'" || character === "`") return this.#quoted(rest, character);
    if (character === "$") return this.#word(rest, /^\$[\p{L}\p{Nd}_]*/u, "variable");
    if (character === "." && !/^\.[0-9]/.test(rest))
      return rest.length === 1 ? this.#number(rest) : this.#word(rest, /^\.[\p{L}\p{Nd}_]*/u, "field");
    if (/[-+.0-9]/.test(character)) return this.#number(rest);
    if (letter.test(character)) return this.#word(rest, /^[\p{L}\p{Nd}_]+/u, "identifier");
    return this.#punctuation(rest, character);
  }

  #actionEnd(end: { length: number; trims: boolean }): Token {
    if (this.#parens > 0) return this.#error("unclosed left paren");
    this.#skip(end.length - 2);
    const token = this.#token("rightDelim", "}}");
    this.#inAction = false;
    if (end.trims) this.#trimLeft();
    return token;
  }

  /** A run of space, less the one that belongs to ` -}}`. */
  #space(space: string): Token {
    const before = this.#source.startsWith("-}}", this.#at + space.length);
    return this.#token("space", before && space.length > 1 ? space.slice(0, -1) : space);
  }

  #quoted(rest: string, mark: string): Token {
    const pattern =
      mark === "`" ? /^`[^`]*`/ : mark === '"' ? /^"(?:\\[^\n]|[^"\\\n])*"/ : /^'(?:\\[^\n]|[^'\\\n])*'/;
    const match = pattern.exec(rest);
    if (match !== null)
      return this.#token(mark === "`" ? "rawString" : mark === '"' ? "string" : "charConstant", match[0]);
    const what = mark === "`" ? "raw quoted string" : mark === '"' ? "quoted string" : "character constant";
    return this.#error(`unterminated ${what}`);
  }

  #word(rest: string, pattern: RegExp, kind: "identifier" | "field" | "variable"): Token {
    const word = pattern.exec(rest)?.[0] ?? "";
    const after = rest.slice(word.length);
    if (after !== "" && !/^[ \t\r\n.,|:()]/.test(after) && !after.startsWith("}}"))
      return this.#error(`bad character ${describe(after)}`);
    if (kind === "field" && word === ".") return this.#token("dot", word);
    if (kind !== "identifier") return this.#token(kind, word);
    if (word === "true" || word === "false") return this.#token("bool", word);
    if (word === "nil") return this.#token("nil", word);
    return this.#token(keywords.has(word) ? "keyword" : "identifier", word);
  }

  #number(rest: string): Token {
    const digits = /^[+-]?(?:0[xX][0-9a-fA-F_]*|0[oO][0-7_]*|0[bB][01_]*|[0-9_]*)/.exec(rest)?.[0] ?? "";
    const decimal = !/^[+-]?0[xXoObB]/.test(digits);
    const tail = decimal
      ? /^(?:\.[0-9_]*)?(?:[eE][+-]?[0-9_]*)?/
      : /^(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?[0-9_]*)?/;
    let word = digits + (tail.exec(rest.slice(digits.length))?.[0] ?? "");
    const next = String.fromCodePoint(rest.codePointAt(word.length) ?? 0);
    if (!letter.test(next) && next !== "+" && next !== "-") return this.#token("number", word);
    word += next;
    return this.#error(`bad number syntax: "${word}"`);
  }

  #punctuation(rest: string, character: string): Token {
    if (rest.startsWith(":=")) return this.#token("declare", ":=");
    if (character === ":") return this.#error("expected :=");
    if (character === "=") return this.#token("assign", character);
    if (character === "|") return this.#token("pipe", character);
    if (character === "(") {
      this.#parens += 1;
      return this.#token("leftParen", character);
    }
    if (character === ")") {
      this.#parens -= 1;
      return this.#parens < 0 ? this.#error("unexpected right paren") : this.#token("rightParen", character);
    }
    if (/^[\x20-\x7e]$/.test(character)) return this.#token("char", character);
    return this.#error(`unrecognized character in action: ${describe(character)}`);
  }

  #token(kind: TokenKind, text: string): Token {
    const token = { kind, text, position: this.#at, line: this.#line };
    this.#skip(text.length);
    return token;
  }

  #error(message: string): Token {
    const token: Token = { kind: "error", text: message, position: this.#at, line: this.#line };
    // Nothing is read after a mistake.
    this.#at = this.#source.length;
    this.#inAction = false;
    return token;
  }

  #skip(length: number): void {
    for (let index = this.#at; index < this.#at + length; index += 1)
      if (this.#source[index] === "\n") this.#line += 1;
    this.#at += length;
  }
}

/** Go's `%#U`: the code point and, where it prints, the character. */
function describe(text: string): string {
  const code = text.codePointAt(0) ?? 0;
  const hex = code.toString(16).toUpperCase().padStart(4, "0");
  return code < 0x20 || code === 0x7f ? `U+${hex}` : `U+${hex} '${String.fromCodePoint(code)}'`;
}
