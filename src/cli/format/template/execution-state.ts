// Where the execution of a template is: what its errors name, and the variables that are in scope.
import type { Arg } from "../go/type.ts";
import { quote } from "../go/quote.ts";
import type { TemplateFunction } from "./function.ts";
import { type Command, type Node, type Operand, render } from "./node.ts";
import type { TemplateSet } from "./parser.ts";
import { TemplateError } from "./token-reader.ts";

export interface ExecuteOptions {
  name: string;
  source: string;
  templates: TemplateSet;
  functions: ReadonlyMap<string, TemplateFunction>;
  /** A key that a map lacks is an error instead of nothing. */
  missingKeyIsError: boolean;
}

interface Variable {
  name: string;
  value: Arg;
}

export class ExecutionState {
  readonly options: ExecuteOptions;
  variables: Variable[];
  /** What is being looked at. */
  node: Operand | Command | Node | undefined;
  /** The one of the set that runs. */
  template: string;

  constructor(options: ExecuteOptions, data: Arg) {
    this.options = options;
    this.template = options.name;
    this.variables = [{ name: "$", value: data }];
  }

  set(name: string, value: Arg): void {
    const variable = this.variables.findLast((each) => each.name === name);
    if (variable === undefined) this.fail(`undefined variable: ${name}`);
    else variable.value = value;
  }

  /** In the words of Go's text/template. */
  fail(message: string): never {
    const template = this.template;
    const node = this.node;
    if (node === undefined) throw new TemplateError(`template: ${template}: ${message}`);
    const before = Buffer.from(this.options.source.slice(0, node.position)).toString("latin1");
    const line = before.split("\n").length;
    const column = before.length - (before.lastIndexOf("\n") + 1);
    const place = `${this.options.name}:${line}:${column}`;
    throw new TemplateError(
      `template: ${place}: executing ${quote(template)} at <${render(node)}>: ${message}`,
    );
  }
}
