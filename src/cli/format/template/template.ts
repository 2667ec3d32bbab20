// Go's text/template, as Docker's `--format` uses it.
import type { Arg } from "../go/type.ts";
import { dockerFunctions } from "./docker-functions.ts";
import { Execution } from "./execute.ts";
import { builtins, type TemplateFunction } from "./function.ts";
import { Parser, type TemplateSet } from "./parser.ts";

export { TemplateError } from "./token-reader.ts";

export interface TemplateOptions {
  /** The name errors carry; Docker's are mostly without one. */
  name?: string;
  /** Functions beside Go's and Docker's own. */
  functions?: ReadonlyMap<string, TemplateFunction>;
}

export interface ExecuteOptions {
  missingKeyIsError?: boolean;
  /** Functions that stand in for the ones it was parsed with. */
  functions?: ReadonlyMap<string, TemplateFunction>;
}

/** A parsed template; `execute` may run many times. Both throw TemplateError with Go's text. */
export class Template {
  readonly #name: string;
  readonly #source: string;
  readonly #templates: TemplateSet;
  readonly #functions: ReadonlyMap<string, TemplateFunction>;

  constructor(source: string, options: TemplateOptions = {}) {
    this.#name = options.name ?? "";
    this.#source = source;
    this.#functions = new Map([...dockerFunctions, ...(options.functions ?? [])]);
    const defined = (name: string): boolean => this.#functions.has(name) || builtins.has(name);
    this.#templates = new Parser(this.#name, source, defined).parse();
  }

  execute(data: Arg, options: ExecuteOptions = {}): string {
    const functions =
      options.functions === undefined ? this.#functions : new Map([...this.#functions, ...options.functions]);
    return new Execution(
      {
        name: this.#name,
        source: this.#source,
        templates: this.#templates,
        functions,
        missingKeyIsError: options.missingKeyIsError ?? false,
      },
      data,
    ).run();
  }
}
