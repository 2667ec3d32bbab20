// Runs a parsed template over a Go value.
import type { Arg, GoType, GoValue } from "../go/type.ts";
import { assignable, canBeNil, stringType } from "../go/type.ts";
import { sprint } from "../go/print.ts";
import { quote } from "../go/quote.ts";
import {
  elementsOf,
  fieldOf,
  goBool,
  goFloat,
  goInt,
  goString,
  indirect,
  isTrue,
  sortedEntries,
  entriesOf,
  unwrap,
  zero,
} from "../go/value.ts";
import { builtins, type TemplateFunction } from "./function.ts";
import {
  type BranchNode,
  type Command,
  type Node,
  type NumberNode,
  type Operand,
  type Pipe,
  render,
} from "./node.ts";
import { TemplateError, type TemplateSet } from "./parser.ts";

export interface ExecuteOptions {
  name: string;
  source: string;
  templates: TemplateSet;
  functions: ReadonlyMap<string, TemplateFunction>;
  /** A key that a map lacks is an error instead of nothing. */
  missingKeyIsError: boolean;
}

/** The piped-in value that a command has when it is the first of its pipeline: none. */
const missing = Symbol("missing");
type Final = Arg | typeof missing;

interface Variable {
  name: string;
  value: Arg;
}

class Jump extends Error {
  readonly kind: "break" | "continue";
  constructor(kind: "break" | "continue") {
    super(kind);
    this.kind = kind;
  }
}

const maxDepth = 100_000;

export class Execution {
  readonly #options: ExecuteOptions;
  #out = "";
  #variables: Variable[];
  #node: Operand | Command | Node | undefined;
  #depth = 0;
  #template: string;

  constructor(options: ExecuteOptions, data: Arg) {
    this.#options = options;
    this.#template = options.name;
    this.#variables = [{ name: "$", value: data }];
  }

  run(): string {
    try {
      this.#list(this.#options.templates.get(this.#options.name) ?? [], this.#variables[0]?.value);
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
    this.#node = node;
    switch (node.kind) {
      case "text":
        this.#out += node.text;
        return;
      case "action": {
        const value = this.#pipe(node.pipe, dot);
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
    const mark = this.#variables.length;
    const value = this.#pipe(node.pipe, dot);
    if (isTrue(value)) this.#list(node.list, node.kind === "with" ? value : dot);
    else this.#list(node.otherwise ?? [], dot);
    this.#variables.length = mark;
  }

  #range(node: BranchNode, dot: Arg): void {
    const mark = this.#variables.length;
    const value = indirect(this.#pipe(node.pipe, dot)).value;
    const inner = this.#variables.length;
    let isEmpty = true;
    try {
      for (const [key, item] of this.#items(node, value)) {
        isEmpty = false;
        this.#assignRange(node.pipe, key, item);
        this.#once(node, item);
        this.#variables.length = inner;
      }
    } catch (error) {
      if (!(error instanceof Jump && error.kind === "break")) throw error;
    }
    this.#variables.length = mark;
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
          return this.#fail(`can't use ${sprint([value])} to iterate over more than one variable`);
        return countTo(value);
      default:
        return this.#fail(`range can't iterate over ${sprint([value])}`);
    }
  }

  /** With two variables the first is the key; one alone is the element. */
  #assignRange(pipe: Pipe, key: Arg, item: Arg): void {
    const values = pipe.declared.length > 1 ? [key, item] : [item];
    pipe.declared.forEach((name, index) => this.#set(name, values[index]));
  }

  #set(name: string, value: Arg): void {
    const variable = this.#variables.findLast((each) => each.name === name);
    if (variable === undefined) this.#fail(`undefined variable: ${name}`);
    else variable.value = value;
  }

  #call(node: Extract<Node, { kind: "template" }>, dot: Arg): void {
    const list = this.#options.templates.get(node.name);
    if (list === undefined) return this.#fail(`template ${quote(node.name)} not defined`);
    if (this.#depth >= maxDepth) return this.#fail(`exceeded maximum template depth (${maxDepth})`);
    const value = node.pipe === undefined ? undefined : this.#pipe(node.pipe, dot);
    const [variables, template] = [this.#variables, this.#template];
    this.#variables = [{ name: "$", value }];
    this.#template = node.name;
    this.#depth += 1;
    this.#list(list, value);
    this.#depth -= 1;
    [this.#variables, this.#template] = [variables, template];
  }

  #pipe(pipe: Pipe, dot: Arg): Arg {
    this.#node = pipe;
    let final: Final = missing;
    for (const command of pipe.commands) final = unwrapFinal(this.#command(command, dot, final));
    const value = final === missing ? undefined : final;
    for (const name of pipe.declared) {
      if (pipe.assigns) this.#set(name, value);
      else this.#variables.push({ name, value });
    }
    return value;
  }

  #command(command: Command, dot: Arg, final: Final): Arg {
    const [first] = command.args;
    if (first === undefined) return this.#fail("empty command");
    switch (first.kind) {
      case "field":
        this.#node = first;
        return this.#fields(dot, dot, first, first.names, command.args, final);
      case "chain":
        return this.#chain(first, dot, command.args, final);
      case "identifier":
        return this.#function(first, command, command.args, dot, final);
      case "pipe":
        this.#noArguments(command.args, final);
        return this.#pipe(first, dot);
      case "variable":
        return this.#variable(first, dot, command.args, final);
      default:
        this.#node = first;
        this.#noArguments(command.args, final);
        return this.#literal(first, dot);
    }
  }

  #literal(node: Operand, dot: Arg): Arg {
    switch (node.kind) {
      case "bool":
        return goBool(node.value);
      case "dot":
        return dot;
      case "string":
        return goString(node.value);
      case "number":
        return this.#constant(node);
      case "nil":
        return this.#fail("nil is not a command");
      default:
        return this.#fail(`can't evaluate command ${quote(render(node))}`);
    }
  }

  /** The type a number has by its own look: 1 an int, 1.0 a float, 'a' an int. */
  #constant(node: NumberNode): GoValue {
    this.#node = node;
    const isFloat = /[.eEpP]/.test(node.literal) && !/^[+-]?0[xX]|^'/.test(node.literal);
    if (isFloat && node.float !== undefined) return goFloat(node.float);
    if (node.int === undefined) return this.#fail(`can't evaluate number ${node.literal}`);
    if (node.int > 0x7fff_ffff_ffff_ffffn || node.int < -0x8000_0000_0000_0000n)
      return this.#fail(`${node.literal} overflows int`);
    return goInt(Number.isSafeInteger(Number(node.int)) ? Number(node.int) : node.int);
  }

  #noArguments(args: readonly Operand[], final: Final): void {
    if (args.length > 1 || final !== missing)
      this.#fail(`can't give argument to non-function ${args[0] === undefined ? "" : render(args[0])}`);
  }

  #chain(node: Extract<Operand, { kind: "chain" }>, dot: Arg, args: readonly Operand[], final: Final): Arg {
    this.#node = node;
    if (node.base.kind === "nil") return this.#fail(`indirection through explicit nil in ${render(node)}`);
    const base = this.#argument(dot, undefined, node.base);
    return this.#fields(dot, base, node, node.names, args, final);
  }

  #variable(
    node: Extract<Operand, { kind: "variable" }>,
    dot: Arg,
    args: readonly Operand[],
    final: Final,
  ): Arg {
    this.#node = node;
    const [name = "", ...names] = node.names;
    const variable = this.#variables.findLast((each) => each.name === name);
    if (variable === undefined) return this.#fail(`undefined variable: ${name}`);
    if (names.length > 0) return this.#fields(dot, variable.value, node, names, args, final);
    this.#noArguments(args, final);
    return variable.value;
  }

  #fields(
    dot: Arg,
    receiver: Arg,
    node: Operand,
    names: readonly string[],
    args: readonly Operand[],
    final: Final,
  ): Arg {
    let value = receiver;
    for (const name of names.slice(0, -1)) value = this.#field(dot, value, node, name, [], missing);
    return this.#field(dot, value, node, names.at(-1) ?? "", args, final);
  }

  #field(dot: Arg, receiver: Arg, node: Operand, name: string, args: readonly Operand[], final: Final): Arg {
    if (receiver === undefined) {
      if (this.#options.missingKeyIsError) this.#fail(`nil data; no entry for key ${quote(name)}`);
      return undefined;
    }
    const { value, isNil } = indirect(receiver);
    const target = value as GoValue;
    if (target.type.kind === "interface")
      return this.#fail(`nil pointer evaluating ${receiver.type.name}.${name}`);
    const method = methodOf(target, name);
    if (method !== undefined) return this.#invoke(node, name, method, args, dot, final);
    const hasArguments = args.length > 1 || final !== missing;
    if (target.type.kind === "struct") {
      const found = fieldOf(target, name);
      if (found !== undefined) return this.#structField(found.value, name, hasArguments);
    } else if (target.type.kind === "map" && assignable(stringType, target.type.key as GoType)) {
      return this.#mapEntry(target, name, hasArguments);
    } else if (isNil && hasField(target.type.elem, name)) {
      return this.#fail(`nil pointer evaluating ${receiver.type.name}.${name}`);
    }
    return this.#fail(`can't evaluate field ${name} in type ${receiver.type.name}`);
  }

  #structField(value: GoValue | undefined, name: string, hasArguments: boolean): Arg {
    if (value === undefined) return this.#fail("reflect: indirection through nil pointer to embedded struct");
    if (hasArguments) return this.#fail(`${name} has arguments but cannot be invoked as function`);
    return value;
  }

  #mapEntry(map: GoValue, name: string, hasArguments: boolean): Arg {
    if (hasArguments) return this.#fail(`${name} is not a method but has arguments`);
    const value = entriesOf(map).get(name);
    if (value === undefined && this.#options.missingKeyIsError)
      return this.#fail(`map has no entry for key ${quote(name)}`);
    return value;
  }

  #function(node: Operand, whole: Operand | Command, args: readonly Operand[], dot: Arg, final: Final): Arg {
    this.#node = node;
    const name = node.kind === "identifier" ? node.name : "";
    const known = this.#options.functions.get(name) ?? builtins.get(name);
    if (known === undefined) return this.#fail(`${quote(name)} is not a defined function`);
    return this.#invoke(whole, name, known, args, dot, final);
  }

  /** `args` begins with the name itself. */
  #invoke(
    node: Operand | Command,
    name: string,
    target: TemplateFunction,
    args: readonly Operand[],
    dot: Arg,
    final: Final,
  ): Arg {
    const given = args.slice(1);
    this.#checkCount(name, target, given.length + (final === missing ? 0 : 1));
    if ((name === "and" || name === "or") && builtins.get(name) === target)
      return this.#shortCircuit(name, given, dot, final);
    if (name === "call" && builtins.get(name) === target) return this.#callValue(node, given, dot, final);
    const types = target.params;
    const typeAt = (index: number): GoType | undefined => types[Math.min(index, types.length - 1)];
    const values = given.map((arg, index) => this.#argument(dot, typeAt(index), arg));
    if (final !== missing) values.push(this.#validate(final, typeAt(given.length)));
    try {
      return target.call(values);
    } catch (error) {
      if (error instanceof TemplateError || !(error instanceof Error)) throw error;
      this.#node = node;
      return this.#fail(`error calling ${name}: ${error.message}`);
    }
  }

  /** Nothing that a template reaches here is a function. */
  #callValue(node: Operand | Command, given: readonly Operand[], dot: Arg, final: Final): never {
    const values = given.map((arg) => this.#argument(dot, builtins.get("call")?.params[0], arg));
    const [first] = given;
    const value = first === undefined && final !== missing ? final : values[0];
    this.#node = node;
    if (value === undefined) return this.#fail("error calling call: call of nil");
    const what = first === undefined ? sprint([value]) : render(first);
    return this.#fail(`error calling call: non-function ${what} of type ${value.type.name}`);
  }

  #checkCount(name: string, target: TemplateFunction, count: number): void {
    const wanted = target.params.length;
    if (target.variadic === true && count < wanted - 1)
      this.#fail(`wrong number of args for ${name}: want at least ${wanted - 1} got ${count}`);
    if (target.variadic !== true && count !== wanted)
      this.#fail(`wrong number of args for ${name}: want ${wanted} got ${count}`);
  }

  #shortCircuit(name: "and" | "or", args: readonly Operand[], dot: Arg, final: Final): Arg {
    let value: Arg;
    for (const arg of args) {
      value = unwrap(this.#argument(dot, builtins.get(name)?.params[0], arg));
      if (isTrue(value) === (name === "or")) return value;
    }
    return final === missing ? value : final;
  }

  #argument(dot: Arg, type: GoType | undefined, node: Operand): Arg {
    this.#node = node;
    switch (node.kind) {
      case "dot":
        return this.#validate(dot, type);
      case "nil":
        if (type !== undefined && !canBeNil(type)) return this.#fail(`cannot assign nil to ${type.name}`);
        return type === undefined || type.kind === "interface" ? undefined : zero(type);
      case "field":
        return this.#validate(this.#fields(dot, dot, node, node.names, [node], missing), type);
      case "variable":
        return this.#validate(this.#variable(node, dot, [node], missing), type);
      case "pipe":
        return this.#validate(this.#pipe(node, dot), type);
      case "identifier":
        return this.#validate(this.#function(node, node, [node], dot, missing), type);
      case "chain":
        return this.#validate(this.#chain(node, dot, [node], missing), type);
      default:
        return this.#typedLiteral(node, type);
    }
  }

  #typedLiteral(node: Operand, type: GoType | undefined): Arg {
    if (type === undefined || type.kind === "interface") return this.#literal(node, undefined);
    const expected = type.kind === "int" || type.kind === "uint" ? "integer" : type.kind;
    if (node.kind === "string" && type.kind === "string") return { type, data: node.value };
    if (node.kind === "bool" && type.kind === "bool") return { type, data: node.value };
    if (node.kind === "number" && type.kind === "float") return { type, data: node.float };
    if (node.kind === "number" && expected === "integer" && node.int !== undefined)
      return { type, data: Number(node.int) };
    if (!["bool", "float", "integer", "string"].includes(expected))
      return this.#fail(`can't handle ${render(node)} for arg of type ${type.name}`);
    return this.#fail(`expected ${expected}; found ${render(node)}`);
  }

  #validate(value: Arg, type: GoType | undefined): Arg {
    if (type === undefined || type.kind === "interface") return value;
    const inner = unwrap(value);
    if (inner === undefined)
      return canBeNil(type) ? zero(type) : this.#fail(`invalid value; expected ${type.name}`);
    if (assignable(inner.type, type)) return inner;
    if (inner.type.kind === "pointer" && assignable(inner.type.elem as GoType, type))
      return (
        (inner.data as GoValue | null) ?? this.#fail(`dereference of nil pointer of type ${inner.type.name}`)
      );
    return this.#fail(`wrong type for value; expected ${type.name}; got ${value?.type.name ?? ""}`);
  }

  #print(node: Node, value: Arg): void {
    this.#node = node;
    const shown = value?.type.kind === "pointer" ? indirect(value).value : value;
    this.#out += shown === undefined ? "<no value>" : sprint([shown]);
  }

  #fail(message: string): never {
    const template = this.#template;
    const node = this.#node;
    if (node === undefined) throw new TemplateError(`template: ${template}: ${message}`);
    const before = Buffer.from(this.#options.source.slice(0, node.position)).toString("latin1");
    const line = before.split("\n").length;
    const column = before.length - (before.lastIndexOf("\n") + 1);
    const place = `${this.#options.name}:${line}:${column}`;
    throw new TemplateError(
      `template: ${place}: executing ${quote(template)} at <${render(node)}>: ${message}`,
    );
  }
}

function* countTo({ type, data }: GoValue): Iterable<[Arg, Arg]> {
  for (let index = 0; index < Number(data); index += 1)
    yield [
      { type, data: index },
      { type, data: index },
    ];
}

function unwrapFinal(value: Arg): Arg {
  return value?.type.kind === "interface" ? unwrap(value) : value;
}

function hasField(type: GoType | undefined, name: string): boolean {
  return type !== undefined && (type.kind !== "struct" || fieldOf(zero(type), name) !== undefined);
}

/** A method of the value's type, or one promoted from an embedded struct, bound to it. */
function methodOf(value: GoValue, name: string): TemplateFunction | undefined {
  const method = value.type.methods?.get(name);
  if (method !== undefined)
    return {
      params: method.params,
      variadic: method.variadic ?? false,
      call: (args) => method.call(value, args),
    };
  for (const field of value.type.kind === "struct" ? (value.type.fields ?? []) : []) {
    if (!field.embedded) continue;
    const inner = indirect((value.data as Map<string, GoValue>).get(field.name)).value;
    const promoted = inner?.type.kind === "struct" ? methodOf(inner, name) : undefined;
    if (promoted !== undefined) return promoted;
  }
  return undefined;
}
