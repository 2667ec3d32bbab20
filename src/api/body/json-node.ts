import { EngineError } from "../../base/errors.ts";

/** A JSON value with what `JSON.parse` throws away: number literals, member order and repeated keys. */
export type JsonNode =
  | { kind: "null" }
  | { kind: "bool"; value: boolean }
  | { kind: "number"; literal: string }
  | { kind: "string"; value: string }
  | { kind: "array"; items: JsonNode[] }
  | { kind: "object"; members: [string, JsonNode][] };

/** As deep as any body needs; deeper ones are an attack on the stack. */
const maxDepth = 200;
const literals: Record<string, JsonNode> = {
  true: { kind: "bool", value: true },
  false: { kind: "bool", value: false },
  null: { kind: "null" },
};
const escapes: Record<string, string> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

/**
 * Reads the first JSON value of `text` with the messages of Go's encoding/json, which are part of Docker's answers.
 * What may follow it is Docker's rule too: `json.Decoder.More` says no to closing brackets, so they pass.
 */
export function parseJson(text: string): JsonNode {
  const scanner = new Scanner(text);
  if (scanner.atEnd()) throw new EngineError("invalid", "invalid JSON: got EOF while reading request body");
  const node = scanner.value(0);
  if (scanner.more()) throw new EngineError("invalid", "unexpected content after JSON");
  return node;
}

function syntaxError(message: string): EngineError {
  return new EngineError("invalid", `invalid JSON: ${message}`);
}

/** As Go's quoteChar writes it. */
function quoteCharacter(character: string): string {
  if (character === "'") return "'\\''";
  if (character === '"') return `'"'`;
  return `'${JSON.stringify(character).slice(1, -1)}'`;
}

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  atEnd(): boolean {
    this.#skipSpace();
    return this.#at >= this.#text.length;
  }

  more(): boolean {
    return !this.atEnd() && !"]}".includes(this.#peek());
  }

  value(depth: number): JsonNode {
    if (depth > maxDepth) throw syntaxError("exceeded max depth");
    const first = this.#next();
    if (first === "{") return this.#object(depth);
    if (first === "[") return this.#array(depth);
    if (first === '"') return { kind: "string", value: this.#string() };
    if (first === "-" || (first >= "0" && first <= "9")) return this.#number();
    const word = { t: "true", f: "false", n: "null" }[first];
    if (word === undefined) throw this.#unexpected("looking for beginning of value");
    return this.#literal(word);
  }

  #object(depth: number): JsonNode {
    const members: [string, JsonNode][] = [];
    this.#at += 1;
    if (this.#next() === "}") {
      this.#at += 1;
      return { kind: "object", members };
    }
    for (;;) {
      if (this.#next() !== '"') throw this.#unexpected("looking for beginning of object key string");
      const key = this.#string();
      if (this.#next() !== ":") throw this.#unexpected("after object key");
      this.#at += 1;
      members.push([key, this.value(depth + 1)]);
      if (this.#closes("}", "after object key:value pair")) return { kind: "object", members };
    }
  }

  #array(depth: number): JsonNode {
    const items: JsonNode[] = [];
    this.#at += 1;
    if (this.#next() === "]") {
      this.#at += 1;
      return { kind: "array", items };
    }
    for (;;) {
      items.push(this.value(depth + 1));
      if (this.#closes("]", "after array element")) return { kind: "array", items };
    }
  }

  /** Steps over the separator or the closing bracket; whether it was the latter. */
  #closes(bracket: string, where: string): boolean {
    const character = this.#next();
    if (character !== "," && character !== bracket) throw this.#unexpected(where);
    this.#at += 1;
    return character === bracket;
  }

  #literal(word: string): JsonNode {
    for (const expected of word) {
      if (this.#peek() !== expected)
        throw this.#unexpected(`in literal ${word} (expecting ${quoteCharacter(expected)})`);
      this.#at += 1;
    }
    return literals[word] ?? { kind: "null" };
  }

  #number(): JsonNode {
    const pattern = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
    pattern.lastIndex = this.#at;
    const literal = pattern.exec(this.#text)?.[0] ?? "-";
    const end = this.#at + literal.length;
    const cutShort = literal === "-" || /^(?:\.|[eE])/.test(this.#text.slice(end, end + 1));
    this.#at = end;
    if (cutShort) {
      const stop = /^[.eE]?[+-]?/.exec(this.#text.slice(end))?.[0].length ?? 0;
      this.#at += literal === "-" ? 0 : stop;
      throw this.#unexpected("in numeric literal");
    }
    return { kind: "number", literal };
  }

  #string(): string {
    let value = "";
    this.#at += 1;
    for (;;) {
      const stop = /["\\\u0000-\u001f]/g;
      stop.lastIndex = this.#at;
      const found = stop.exec(this.#text);
      if (found === null) throw syntaxError("unexpected EOF");
      value += this.#text.slice(this.#at, found.index);
      this.#at = found.index;
      if (found[0] === '"') {
        this.#at += 1;
        return value;
      }
      if (found[0] !== "\\") throw this.#unexpected("in string literal");
      value += this.#escape();
    }
  }

  #escape(): string {
    const character = this.#text[this.#at + 1];
    if (character === undefined) throw syntaxError("unexpected EOF");
    const simple = escapes[character];
    if (simple !== undefined) {
      this.#at += 2;
      return simple;
    }
    const sequence = this.#text.slice(this.#at, this.#at + (character === "u" ? 6 : 2));
    if (!/^\\u[0-9a-fA-F]{4}$/.test(sequence))
      throw syntaxError(`invalid escape sequence \`${sequence}\` in string`);
    this.#at += 6;
    return String.fromCharCode(Number.parseInt(sequence.slice(2), 16));
  }

  #peek(): string {
    const code = this.#text.codePointAt(this.#at);
    if (code === undefined) throw syntaxError("unexpected EOF");
    return String.fromCodePoint(code);
  }

  #next(): string {
    this.#skipSpace();
    return this.#peek();
  }

  #skipSpace(): void {
    while (this.#at < this.#text.length && " \t\r\n".includes(this.#text.charAt(this.#at))) this.#at += 1;
  }

  #unexpected(where: string): EngineError {
    return syntaxError(`invalid character ${quoteCharacter(this.#peek())} ${where}`);
  }
}
