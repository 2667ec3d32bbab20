// What stands in an action: pipelines, their variables, commands and operands.
import { quote, unquote } from "../go/quote.ts";
import { type Command, type Operand, type Pipe, render } from "./node.ts";
import { parseCharacter, parseNumber } from "./number.ts";
import type { TokenReader } from "./token-reader.ts";

const operandStarts = new Set([
  "bool",
  "charConstant",
  "dot",
  "field",
  "identifier",
  "number",
  "nil",
  "rawString",
  "string",
  "variable",
  "leftParen",
]);

export class PipelineParser {
  readonly #tokens: TokenReader;
  readonly #functions: (name: string) => boolean;
  /** In scope. */
  variables: string[] = ["$"];

  constructor(tokens: TokenReader, functions: (name: string) => boolean) {
    this.#tokens = tokens;
    this.#functions = functions;
  }

  pipe(context: string, end: "rightDelim" | "rightParen"): Pipe {
    const pipe: Pipe = {
      kind: "pipe",
      position: this.#tokens.peekSolid().position,
      assigns: false,
      declared: [],
      commands: [],
    };
    while (this.#declaration(pipe, context)) continue;
    for (;;) {
      const token = this.#tokens.solid();
      if (token.kind === end) break;
      if (!operandStarts.has(token.kind)) return this.#tokens.unexpected(token, context);
      this.#tokens.back(token);
      pipe.commands.push(this.#command());
    }
    this.#checkPipe(pipe, context);
    return pipe;
  }

  /** Reads one `$x :=`, `$x =` or the `$i,` of a range; answers whether another may follow. */
  #declaration(pipe: Pipe, context: string): boolean {
    const variable = this.#tokens.peekSolid();
    if (variable.kind !== "variable") return false;
    this.#tokens.next();
    const after = this.#tokens.peek();
    const next = this.#tokens.peekSolid();
    if (next.kind === "assign" || next.kind === "declare") {
      this.#tokens.solid();
      pipe.assigns = next.kind === "assign";
      this.#declare(pipe, variable.text);
      return false;
    }
    if (next.kind === "char" && next.text === ",") {
      this.#tokens.solid();
      this.#declare(pipe, variable.text);
      if (context !== "range" || pipe.declared.length >= 2)
        this.#tokens.fail(`too many declarations in ${context}`);
      if (!["variable", "rightDelim", "rightParen"].includes(this.#tokens.peekSolid().kind))
        this.#tokens.fail("range can only initialize variables");
      return true;
    }
    if (after.kind === "space") this.#tokens.back(after);
    this.#tokens.back(variable);
    return false;
  }

  #declare(pipe: Pipe, name: string): void {
    pipe.declared.push(name);
    this.variables.push(name);
  }

  #checkPipe(pipe: Pipe, context: string): void {
    if (pipe.commands.length === 0) this.#tokens.fail(`missing value for ${context}`);
    pipe.commands.slice(1).forEach((command, index) => {
      if (["bool", "dot", "nil", "number", "string"].includes(command.args[0]?.kind ?? ""))
        this.#tokens.fail(`non executable command in pipeline stage ${index + 2}`);
    });
  }

  #command(): Command {
    const command: Command = { kind: "command", position: this.#tokens.peekSolid().position, args: [] };
    for (;;) {
      this.#tokens.peekSolid();
      const operand = this.#operand();
      if (operand !== undefined) command.args.push(operand);
      const token = this.#tokens.next();
      if (token.kind === "space") continue;
      if (token.kind === "rightDelim" || token.kind === "rightParen") this.#tokens.back(token);
      else if (token.kind !== "pipe") this.#tokens.unexpected(token, "operand");
      break;
    }
    if (command.args.length === 0) this.#tokens.fail("empty command");
    return command;
  }

  /** A term with the fields that follow it. */
  #operand(): Operand | undefined {
    const term = this.#term();
    if (term === undefined || this.#tokens.peek().kind !== "field") return term;
    const { position } = this.#tokens.peek();
    const names: string[] = [];
    while (this.#tokens.peek().kind === "field") names.push(this.#tokens.next().text.slice(1));
    switch (term.kind) {
      case "field":
      case "variable":
        return { ...term, position, names: [...term.names, ...names] };
      case "bool":
      case "string":
      case "number":
      case "nil":
      case "dot":
        return this.#tokens.fail(`unexpected . after term ${quote(render(term))}`);
      default:
        return { kind: "chain", position, base: term, names };
    }
  }

  #term(): Operand | undefined {
    const token = this.#tokens.solid();
    const { position, text } = token;
    switch (token.kind) {
      case "identifier":
        if (!this.#functions(text)) this.#tokens.fail(`function ${quote(text)} not defined`);
        return { kind: "identifier", position, name: text };
      case "dot":
      case "nil":
        return { kind: token.kind, position };
      case "bool":
        return { kind: "bool", position, value: text === "true" };
      case "variable":
        if (!this.variables.includes(text)) this.#tokens.fail(`undefined variable ${quote(text)}`);
        return { kind: "variable", position, names: [text] };
      case "field":
        return { kind: "field", position, names: [text.slice(1)] };
      case "number":
        return this.#checked(parseNumber(text, position));
      case "charConstant":
        return this.#checked(parseCharacter(text, position));
      case "string":
      case "rawString":
        return {
          kind: "string",
          position,
          literal: text,
          value: unquote(text) ?? this.#tokens.fail("invalid syntax"),
        };
      case "leftParen":
        return this.pipe("parenthesized pipeline", "rightParen");
      default:
        this.#tokens.back(token);
        return undefined;
    }
  }

  #checked(node: Operand | string): Operand {
    return typeof node === "string" ? this.#tokens.fail(node) : node;
  }
}
