// Evaluates what stands in a template's actions: pipelines, their commands, and what those are made of.
import type { Arg, GoType, GoValue } from "../go/type.ts";
import { assignable, canBeNil, stringType } from "../go/type.ts";
import { sprint } from "../go/print.ts";
import { quote } from "../go/quote.ts";
import {
  entriesOf,
  fieldOf,
  goBool,
  goFloat,
  goInt,
  goString,
  indirect,
  isTrue,
  unwrap,
  zero,
} from "../go/value.ts";
import type { ExecutionState } from "./execution-state.ts";
import { hasField, methodOf } from "./find-method.ts";
import { builtins, type TemplateFunction } from "./function.ts";
import { type Command, type NumberNode, type Operand, type Pipe, render } from "./node.ts";
import { TemplateError } from "./token-reader.ts";

/** The piped-in value that a command has when it is the first of its pipeline: none. */
const missing = Symbol("missing");
type Final = Arg | typeof missing;

export class Evaluator {
  readonly #state: ExecutionState;

  constructor(state: ExecutionState) {
    this.#state = state;
  }

  /** The value of a pipeline, whose variables are in scope from now on. */
  pipe(pipe: Pipe, dot: Arg): Arg {
    this.#state.node = pipe;
    let final: Final = missing;
    for (const command of pipe.commands) final = unwrapFinal(this.#command(command, dot, final));
    const value = final === missing ? undefined : final;
    for (const name of pipe.declared) {
      if (pipe.assigns) this.#state.set(name, value);
      else this.#state.variables.push({ name, value });
    }
    return value;
  }

  #command(command: Command, dot: Arg, final: Final): Arg {
    const [first] = command.args;
    if (first === undefined) return this.#state.fail("empty command");
    switch (first.kind) {
      case "field":
        this.#state.node = first;
        return this.#fields(dot, dot, first, first.names, command.args, final);
      case "chain":
        return this.#chain(first, dot, command.args, final);
      case "identifier":
        return this.#function(first, command, command.args, dot, final);
      case "pipe":
        this.#noArguments(command.args, final);
        return this.pipe(first, dot);
      case "variable":
        return this.#variable(first, dot, command.args, final);
      default:
        this.#state.node = first;
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
        return this.#state.fail("nil is not a command");
      default:
        return this.#state.fail(`can't evaluate command ${quote(render(node))}`);
    }
  }

  /** The type a number has by its own look: 1 an int, 1.0 a float, 'a' an int. */
  #constant(node: NumberNode): GoValue {
    this.#state.node = node;
    const isFloat = /[.eEpP]/.test(node.literal) && !/^[+-]?0[xX]|^'/.test(node.literal);
    if (isFloat && node.float !== undefined) return goFloat(node.float);
    if (node.int === undefined) return this.#state.fail(`can't evaluate number ${node.literal}`);
    if (node.int > 0x7fff_ffff_ffff_ffffn || node.int < -0x8000_0000_0000_0000n)
      return this.#state.fail(`${node.literal} overflows int`);
    return goInt(Number.isSafeInteger(Number(node.int)) ? Number(node.int) : node.int);
  }

  #noArguments(args: readonly Operand[], final: Final): void {
    if (args.length > 1 || final !== missing)
      this.#state.fail(`can't give argument to non-function ${args[0] === undefined ? "" : render(args[0])}`);
  }

  #chain(node: Extract<Operand, { kind: "chain" }>, dot: Arg, args: readonly Operand[], final: Final): Arg {
    this.#state.node = node;
    if (node.base.kind === "nil")
      return this.#state.fail(`indirection through explicit nil in ${render(node)}`);
    const base = this.#argument(dot, undefined, node.base);
    return this.#fields(dot, base, node, node.names, args, final);
  }

  #variable(
    node: Extract<Operand, { kind: "variable" }>,
    dot: Arg,
    args: readonly Operand[],
    final: Final,
  ): Arg {
    this.#state.node = node;
    const [name = "", ...names] = node.names;
    const variable = this.#state.variables.findLast((each) => each.name === name);
    if (variable === undefined) return this.#state.fail(`undefined variable: ${name}`);
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
      if (this.#state.options.missingKeyIsError)
        this.#state.fail(`nil data; no entry for key ${quote(name)}`);
      return undefined;
    }
    const { value, isNil } = indirect(receiver);
    const target = value as GoValue;
    if (target.type.kind === "interface")
      return this.#state.fail(`nil pointer evaluating ${receiver.type.name}.${name}`);
    const method = methodOf(target, name);
    if (method !== undefined) return this.#invoke(node, name, method, args, dot, final);
    const hasArguments = args.length > 1 || final !== missing;
    if (target.type.kind === "struct") {
      const found = fieldOf(target, name);
      if (found !== undefined) return this.#structField(found.value, name, hasArguments);
    } else if (target.type.kind === "map" && assignable(stringType, target.type.key as GoType)) {
      return this.#mapEntry(target, name, hasArguments);
    } else if (isNil && hasField(target.type.elem, name)) {
      return this.#state.fail(`nil pointer evaluating ${receiver.type.name}.${name}`);
    }
    return this.#state.fail(`can't evaluate field ${name} in type ${receiver.type.name}`);
  }

  #structField(value: GoValue | undefined, name: string, hasArguments: boolean): Arg {
    if (value === undefined)
      return this.#state.fail("reflect: indirection through nil pointer to embedded struct");
    if (hasArguments) return this.#state.fail(`${name} has arguments but cannot be invoked as function`);
    return value;
  }

  #mapEntry(map: GoValue, name: string, hasArguments: boolean): Arg {
    if (hasArguments) return this.#state.fail(`${name} is not a method but has arguments`);
    const value = entriesOf(map).get(name);
    if (value === undefined && this.#state.options.missingKeyIsError)
      return this.#state.fail(`map has no entry for key ${quote(name)}`);
    return value;
  }

  #function(node: Operand, whole: Operand | Command, args: readonly Operand[], dot: Arg, final: Final): Arg {
    this.#state.node = node;
    const name = node.kind === "identifier" ? node.name : "";
    const known = this.#state.options.functions.get(name) ?? builtins.get(name);
    if (known === undefined) return this.#state.fail(`${quote(name)} is not a defined function`);
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
      this.#state.node = node;
      return this.#state.fail(`error calling ${name}: ${error.message}`);
    }
  }

  /** Nothing that a template reaches here is a function. */
  #callValue(node: Operand | Command, given: readonly Operand[], dot: Arg, final: Final): never {
    const values = given.map((arg) => this.#argument(dot, builtins.get("call")?.params[0], arg));
    const [first] = given;
    const value = first === undefined && final !== missing ? final : values[0];
    this.#state.node = node;
    if (value === undefined) return this.#state.fail("error calling call: call of nil");
    const what = first === undefined ? sprint([value]) : render(first);
    return this.#state.fail(`error calling call: non-function ${what} of type ${value.type.name}`);
  }

  #checkCount(name: string, target: TemplateFunction, count: number): void {
    const wanted = target.params.length;
    if (target.variadic === true && count < wanted - 1)
      this.#state.fail(`wrong number of args for ${name}: want at least ${wanted - 1} got ${count}`);
    if (target.variadic !== true && count !== wanted)
      this.#state.fail(`wrong number of args for ${name}: want ${wanted} got ${count}`);
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
    this.#state.node = node;
    switch (node.kind) {
      case "dot":
        return this.#validate(dot, type);
      case "nil":
        if (type !== undefined && !canBeNil(type))
          return this.#state.fail(`cannot assign nil to ${type.name}`);
        return type === undefined || type.kind === "interface" ? undefined : zero(type);
      case "field":
        return this.#validate(this.#fields(dot, dot, node, node.names, [node], missing), type);
      case "variable":
        return this.#validate(this.#variable(node, dot, [node], missing), type);
      case "pipe":
        return this.#validate(this.pipe(node, dot), type);
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
      return this.#state.fail(`can't handle ${render(node)} for arg of type ${type.name}`);
    return this.#state.fail(`expected ${expected}; found ${render(node)}`);
  }

  #validate(value: Arg, type: GoType | undefined): Arg {
    if (type === undefined || type.kind === "interface") return value;
    const inner = unwrap(value);
    if (inner === undefined)
      return canBeNil(type) ? zero(type) : this.#state.fail(`invalid value; expected ${type.name}`);
    if (assignable(inner.type, type)) return inner;
    if (inner.type.kind === "pointer" && assignable(inner.type.elem as GoType, type))
      return (
        (inner.data as GoValue | null) ??
        this.#state.fail(`dereference of nil pointer of type ${inner.type.name}`)
      );
    return this.#state.fail(`wrong type for value; expected ${type.name}; got ${value?.type.name ?? ""}`);
  }
}

function unwrapFinal(value: Arg): Arg {
  return value?.type.kind === "interface" ? unwrap(value) : value;
}
