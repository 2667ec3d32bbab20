// The pipelines that a log's tag may hold (`{{.Name | upper}}`): Go's template language as far as tags need it.
import { EngineError } from "../base/errors.ts";

export type TagValue = string | number | string[];
type TagFunction = (...args: TagValue[]) => TagValue;

const tokens = /\s*("(?:[^"\\]|\\.)*"|`[^`]*`|[()|]|[^\s()|"`]+)/gy;

/** The functions that Docker's templates have, by name; the value that comes by a pipe is the last argument. */
const functions: Record<string, TagFunction> = {
  lower: (text) => String(text).toLowerCase(),
  upper: (text) => String(text).toUpperCase(),
  title: (text) => String(text).replace(/(?<![\p{L}\p{N}_])\p{L}/gu, (letter) => letter.toUpperCase()),
  truncate: (text, length) => String(text).slice(0, Number(length)),
  pad: (text, before, after) =>
    text === "" ? "" : " ".repeat(Number(before)) + String(text) + " ".repeat(Number(after)),
  split: (text, separator) => String(text).split(String(separator)),
  join: (items, separator) => (Array.isArray(items) ? items : [String(items)]).join(String(separator)),
  json: (value) => JSON.stringify(value),
  print: (...values) => values.map(String).join(""),
  printf: (format, ...values) => formatted(String(format), values),
};

/** What an expression comes to. Throws `invalid` for what is no field, function or pipeline. */
export function evaluateTag(expression: string, field: (name: string) => string | undefined): TagValue {
  return new Evaluation(expression, field).whole();
}

class Evaluation {
  readonly #tokens: string[];
  readonly #field: (name: string) => string | undefined;
  #at = 0;

  constructor(expression: string, field: (name: string) => string | undefined) {
    const found = [...expression.matchAll(tokens)];
    if (found.map(([text]) => text).join("") !== expression.trimEnd())
      throw invalid(`unexpected ${expression}`);
    this.#tokens = found.map(([, token = ""]) => token);
    this.#field = field;
  }

  whole(): TagValue {
    const value = this.#pipeline();
    if (this.#at < this.#tokens.length) throw invalid(`unexpected ${this.#tokens[this.#at]} in command`);
    return value;
  }

  #pipeline(): TagValue {
    let value = this.#command([]);
    while (this.#takes("|")) value = this.#command([value]);
    return value;
  }

  /** A value, or a function and its arguments; `piped` come last. */
  #command(piped: TagValue[]): TagValue {
    const first = this.#tokens[this.#at];
    if (first === undefined || first === "|" || first === ")") throw invalid("missing value for command");
    if (!/^[A-Za-z]/.test(first)) {
      const value = this.#operand();
      if (piped.length > 0 || this.#hasOperand())
        throw invalid(`can't give argument to non-function ${first}`);
      return value;
    }
    this.#at += 1;
    const call = Object.hasOwn(functions, first) ? functions[first] : undefined;
    if (call === undefined)
      throw invalid(
        `function ${JSON.stringify(first)} not defined (functions are ${Object.keys(functions).join(", ")})`,
      );
    const args: TagValue[] = [];
    while (this.#hasOperand()) args.push(this.#operand());
    return call(...args, ...piped);
  }

  #operand(): TagValue {
    const token = this.#tokens[this.#at++] ?? "";
    if (token === "(") {
      const value = this.#pipeline();
      if (!this.#takes(")")) throw invalid("unclosed left paren");
      return value;
    }
    if (token.startsWith('"')) return unquoted(token);
    if (token.startsWith("`")) return token.slice(1, -1);
    if (/^-?\d+$/.test(token)) return Number(token);
    const value = token.startsWith(".") ? this.#field(token.slice(1)) : undefined;
    if (value === undefined) throw invalid(`can't evaluate ${token}`);
    return value;
  }

  #hasOperand(): boolean {
    const next = this.#tokens[this.#at];
    return next !== undefined && next !== "|" && next !== ")";
  }

  #takes(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at += 1;
    return true;
  }
}

function unquoted(token: string): string {
  try {
    return JSON.parse(token) as string;
  } catch (error) {
    throw new EngineError("invalid", `template: log-tag:1: invalid syntax: ${token}`, error);
  }
}

/** `%s`, `%v`, `%d` and `%q`; what else stands behind a percent sign stays as it is. */
function formatted(format: string, values: readonly TagValue[]): string {
  let next = 0;
  return format.replace(/%([svdq%])/g, (_whole, verb: string) => {
    if (verb === "%") return "%";
    const value = String(values[next++] ?? "");
    return verb === "q" ? JSON.stringify(value) : value;
  });
}

function invalid(message: string): EngineError {
  return new EngineError("invalid", `template: log-tag:1: ${message}`);
}
