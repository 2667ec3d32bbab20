// Runs a parsed template over a Go value.
import type { Arg, GoType, GoValue } from "../go/type.ts";
import { sprint } from "../go/print.ts";
import { quote } from "../go/quote.ts";
import { elementsOf, goInt, indirect, isTrue, sortedEntries } from "../go/value.ts";
import { Evaluator } from "./evaluate.ts";
import { type ExecuteOptions, ExecutionState } from "./execution-state.ts";
import type { BranchNode, Node, Pipe } from "./node.ts";
import { TemplateError } from "./token-reader.ts";

class Jump extends Error {
  readonly kind: "break" | "continue";
  constructor(kind: "break" | "continue") {
    super(kind);
    this.kind = kind;
  }
}

const maxDepth = 100_000;

export class Execution {
  readonly #state: ExecutionState;
  readonly #evaluator: Evaluator;
  #out = "";
  #depth = 0;

  constructor(options: ExecuteOptions, data: Arg) {
    this.#state = new ExecutionState(options, data);
    this.#evaluator = new Evaluator(this.#state);
  }

  run(): string {
    try {
      this.#list(
        this.#state.options.templates.get(this.#state.options.name) ?? [],
        this.#state.variables[0]?.value,
      );
    } catch (error) {
      if (error instanceof TemplateError) error.partial = this.#out;
      throw error;
    }
    return this.#out;
  }

  #list(nodes: readonly Node[], dot: Arg): void {
    for (const node of nodes) this.#walk(node, dot);
  }

  #walk(node: Node, dot: Arg): void {
    this.#state.node = node;
    switch (node.kind) {
      case "text":
        this.#out += node.text;
        return;
      case "action": {
        const value = this.#evaluator.pipe(node.pipe, dot);
        if (node.pipe.declared.length === 0) this.#print(node, value);
        return;
      }
      case "template":
        return this.#call(node, dot);
      case "break":
      case "continue":
        throw new Jump(node.kind);
      case "range":
        return this.#range(node, dot);
      default:
        return this.#condition(node, dot);
    }
  }

  #condition(node: BranchNode, dot: Arg): void {
    const mark = this.#state.variables.length;
    const value = this.#evaluator.pipe(node.pipe, dot);
    if (isTrue(value)) this.#list(node.list, node.kind === "with" ? value : dot);
    else this.#list(node.otherwise ?? [], dot);
    this.#state.variables.length = mark;
  }

  #range(node: BranchNode, dot: Arg): void {
    const mark = this.#state.variables.length;
    const value = indirect(this.#evaluator.pipe(node.pipe, dot)).value;
    const inner = this.#state.variables.length;
    let isEmpty = true;
    try {
      for (const [key, item] of this.#items(node, value)) {
        isEmpty = false;
        this.#assignRange(node.pipe, key, item);
        this.#once(node, item);
        this.#state.variables.length = inner;
      }
    } catch (error) {
      if (!(error instanceof Jump && error.kind === "break")) throw error;
    }
    this.#state.variables.length = mark;
    if (isEmpty) this.#list(node.otherwise ?? [], dot);
  }

  #once(node: BranchNode, item: Arg): void {
    try {
      this.#list(node.list, item);
    } catch (error) {
      if (!(error instanceof Jump && error.kind === "continue")) throw error;
    }
  }

  #items(node: BranchNode, value: Arg): Iterable<[Arg, Arg]> {
    switch (value?.type.kind) {
      case undefined:
      case "interface":
        return [];
      case "slice":
      case "array":
        return elementsOf(value).map((item, index) => [goInt(index), item]);
      case "map": {
        const key = value.type.key as GoType;
        return sortedEntries(value).map(([name, item]) => [{ type: key, data: name }, item]);
      }
      case "int":
      case "uint":
        if (node.pipe.declared.length > 1)
          return this.#state.fail(`can't use ${sprint([value])} to iterate over more than one variable`);
        return countTo(value);
      default:
        return this.#state.fail(`range can't iterate over ${sprint([value])}`);
    }
  }

  /** With two variables the first is the key; one alone is the element. */
  #assignRange(pipe: Pipe, key: Arg, item: Arg): void {
    const values = pipe.declared.length > 1 ? [key, item] : [item];
    pipe.declared.forEach((name, index) => this.#state.set(name, values[index]));
  }

  #call(node: Extract<Node, { kind: "template" }>, dot: Arg): void {
    const list = this.#state.options.templates.get(node.name);
    if (list === undefined) return this.#state.fail(`template ${quote(node.name)} not defined`);
    if (this.#depth >= maxDepth) return this.#state.fail(`exceeded maximum template depth (${maxDepth})`);
    const value = node.pipe === undefined ? undefined : this.#evaluator.pipe(node.pipe, dot);
    const [variables, template] = [this.#state.variables, this.#state.template];
    this.#state.variables = [{ name: "$", value }];
    this.#state.template = node.name;
    this.#depth += 1;
    this.#list(list, value);
    this.#depth -= 1;
    [this.#state.variables, this.#state.template] = [variables, template];
  }

  #print(node: Node, value: Arg): void {
    this.#state.node = node;
    const shown = value?.type.kind === "pointer" ? indirect(value).value : value;
    this.#out += shown === undefined ? "<no value>" : sprint([shown]);
  }
}

function* countTo({ type, data }: GoValue): Iterable<[Arg, Arg]> {
  for (let index = 0; index < Number(data); index += 1)
    yield [
      { type, data: index },
      { type, data: index },
    ];
}
