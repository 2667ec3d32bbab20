import { quote } from "../go/quote.ts";
import { Lexer, type Token } from "./lexer.ts";

export class TemplateError extends Error {
  /** What a run had written before it failed: docker prints that where it does not buffer. */
  partial = "";

  constructor(message: string) {
    super(message);
    this.name = "TemplateError";
  }
}

/** The tokens of a template, with as many taken back as the grammar needs, and errors at the line of the last one. */
export class TokenReader {
  readonly #name: string;
  readonly #lexer: Lexer;
  #ahead: Token[] = [];
  last: Token = { kind: "eof", text: "", position: 0, line: 1 };
  /** Where the action that is being read began; 0 outside of one. */
  actionLine = 0;

  constructor(name: string, source: string) {
    this.#name = name;
    this.#lexer = new Lexer(source);
  }

  next(): Token {
    this.last = this.#ahead.shift() ?? this.#lexer.next();
    return this.last;
  }

  back(token: Token): void {
    this.#ahead.unshift(token);
  }

  peek(): Token {
    const token = this.next();
    this.back(token);
    return token;
  }

  /** The next token that is not space. */
  solid(): Token {
    let token = this.next();
    while (token.kind === "space") token = this.next();
    return token;
  }

  peekSolid(): Token {
    const token = this.solid();
    this.back(token);
    return token;
  }

  expect(kind: Token["kind"], context: string): Token {
    const token = this.solid();
    return token.kind === kind ? token : this.unexpected(token, context);
  }

  unexpected(token: Token, context: string): never {
    if (token.kind !== "error") return this.fail(`unexpected ${describe(token)} in ${context}`);
    if (this.actionLine === 0 || this.actionLine === token.line) return this.fail(token.text);
    const start = `started at ${this.#name}:${this.actionLine}`;
    return this.fail(`${token.text}${token.text.endsWith(" action") ? "" : " in action"} ${start}`);
  }

  fail(message: string): never {
    throw new TemplateError(`template: ${this.#name}:${this.last.line}: ${message}`);
  }
}

function describe(token: Token): string {
  if (token.kind === "eof") return "EOF";
  if (token.kind === "keyword") return `<${token.text}>`;
  const characters = Array.from(token.text);
  return characters.length > 10 ? `${quote(characters.slice(0, 10).join(""))}...` : quote(token.text);
}
