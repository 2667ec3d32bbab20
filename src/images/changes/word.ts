import { EngineError } from "../../base/errors.ts";

// Words of instructions: quotes, backslashes and variables as Docker's builder reads them (its `shell` package).

/** The word without its quotes, with `$name`, `${name}`, `${name:-word}` and `${name:+word}` filled in. */
export function expandWord(text: string, variables: ReadonlyMap<string, string>): string {
  return new Expansion(text, variables).all();
}

class Expansion {
  readonly #text: string;
  readonly #variables: ReadonlyMap<string, string>;
  #at = 0;

  constructor(text: string, variables: ReadonlyMap<string, string>) {
    this.#text = text;
    this.#variables = variables;
  }

  all(stop?: string): string {
    let result = "";
    while (this.#at < this.#text.length && this.#text[this.#at] !== stop) {
      const character = this.#text[this.#at++] as string;
      if (character === "'") result += this.#singleQuoted();
      else if (character === '"') result += this.#doubleQuoted();
      else if (character === "$") result += this.#variable();
      else if (character === "\\") result += this.#text[this.#at++] ?? "";
      else result += character;
    }
    return result;
  }

  #singleQuoted(): string {
    const end = this.#text.indexOf("'", this.#at);
    if (end < 0)
      throw new EngineError("invalid", "unexpected end of statement while looking for matching single-quote");
    const quoted = this.#text.slice(this.#at, end);
    this.#at = end + 1;
    return quoted;
  }

  /** Inside double quotes a backslash escapes only a quote, a dollar sign and itself. */
  #doubleQuoted(): string {
    let result = "";
    for (;;) {
      const character = this.#text[this.#at++];
      if (character === undefined)
        throw new EngineError(
          "invalid",
          "unexpected end of statement while looking for matching double-quote",
        );
      if (character === '"') return result;
      if (character === "$") result += this.#variable();
      else if (character === "\\" && /["$\\]/.test(this.#text[this.#at] ?? ""))
        result += this.#text[this.#at++];
      else result += character;
    }
  }

  #variable(): string {
    if (this.#text[this.#at] === "{") return this.#braced();
    const name = /^(?:[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-])/.exec(this.#text.slice(this.#at))?.[0];
    if (name === undefined) return "$";
    this.#at += name.length;
    return this.#variables.get(name) ?? "";
  }

  #braced(): string {
    const match = /^\{([A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-])(:?[-+])?/.exec(this.#text.slice(this.#at));
    if (match === null) throw new EngineError("invalid", "syntax error: bad substitution");
    const [whole, name = "", operator] = match;
    this.#at += whole.length;
    const word = operator === undefined ? "" : this.all("}");
    if (this.#text[this.#at++] !== "}") throw new EngineError("invalid", "syntax error: missing '}'");
    const value = this.#variables.get(name);
    const given = operator?.startsWith(":") === true ? Boolean(value) : value !== undefined;
    if (operator === undefined) return value ?? "";
    return operator.endsWith("-") ? (given ? (value ?? "") : word) : given ? word : "";
  }
}

/** Splits at blanks outside quotes; quotes and backslashes stay in the words. */
export function splitWords(text: string): string[] {
  return text.match(/(?:\\[^]|'[^']*'?|"(?:\\[^]|[^"\\])*"?|[^\s\\'"])+/g) ?? [];
}
