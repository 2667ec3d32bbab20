// Parses a template into its tree, with Go's words for every mistake.
import { quote, unquote } from "../go/quote.ts";
import { Lexer, type Token } from "./lexer.ts";
import {
  type BranchKind,
  type BranchNode,
  type Command,
  type Node,
  type Operand,
  type Pipe,
  render,
} from "./node.ts";
import { parseCharacter, parseNumber } from "./number.ts";

export class TemplateError extends Error {
  /** What a run had written before it failed: docker prints that where it does not buffer. */
  partial = "";

  constructor(message: string) {
    super(message);
    this.name = "TemplateError";
  }
}

/** Templates by name; the main one carries the name it was parsed under. */
export type TemplateSet = Map<string, Node[]>;

/** What ended a list of nodes. */
type Terminator = "end" | "else" | "eof";

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

export class Parser {
  readonly #name: string;
  readonly #lexer: Lexer;
  readonly #functions: (name: string) => boolean;
  readonly #templates: TemplateSet = new Map();
  #ahead: Token[] = [];
  #last: Token = { kind: "eof", text: "", position: 0, line: 1 };
  #variables: string[] = ["$"];
  #ranges = 0;
  #actionLine = 0;

  constructor(name: string, source: string, functions: (name: string) => boolean) {
    this.#name = name;
    this.#lexer = new Lexer(source);
    this.#functions = functions;
  }

  parse(): TemplateSet {
    const main: Node[] = [];
    for (;;) {
      const token = this.#next();
      if (token.kind === "eof") break;
      if (token.kind === "leftDelim" && this.#peekSolid().text === "define") {
        this.#solid();
        this.#definition();
        continue;
      }
      this.#back(token);
      const item = this.#item();
      if (typeof item === "string") this.#fail(`unexpected {{${item}}}`);
      else if (item !== undefined) main.push(item);
    }
    this.#add(this.#name, main);
    return this.#templates;
  }

  #definition(): void {
    const name = this.#templateName("define clause");
    this.#expect("rightDelim", "define clause");
    const [variables, ranges] = [this.#variables, this.#ranges];
    this.#variables = ["$"];
    this.#ranges = 0;
    const { list, terminator } = this.#list();
    if (terminator !== "end") this.#fail(`unexpected {{${terminator}}} in define clause`);
    this.#add(name, list);
    [this.#variables, this.#ranges] = [variables, ranges];
  }

  #add(name: string, list: Node[]): void {
    const known = this.#templates.get(name);
    if (known === undefined || isEmpty(known)) this.#templates.set(name, list);
    else if (!isEmpty(list)) this.#fail(`template: multiple definition of template ${quote(name)}`);
  }

  /** Nodes up to `{{end}}` or `{{else}}`. */
  #list(): { list: Node[]; terminator: Terminator } {
    const list: Node[] = [];
    while (this.#peekSolid().kind !== "eof") {
      const item = this.#item();
      if (item === "end" || item === "else") return { list, terminator: item };
      if (item !== undefined) list.push(item);
    }
    return this.#fail("unexpected EOF");
  }

  #item(): Node | "end" | "else" | undefined {
    const token = this.#solid();
    if (token.kind === "text") return { kind: "text", position: token.position, text: token.text };
    if (token.kind !== "leftDelim") return this.#unexpected(token, "input");
    this.#actionLine = token.line;
    const item = this.#action();
    this.#actionLine = 0;
    return item;
  }

  #action(): Node | "end" | "else" {
    const token = this.#solid();
    if (token.kind === "keyword") {
      switch (token.text) {
        case "if":
        case "range":
        case "with":
          return this.#branch(token.text, token.position);
        case "end":
          this.#expect("rightDelim", "end");
          return "end";
        case "else":
          return this.#else();
        case "template":
          return this.#template(token.position);
        case "block":
          return this.#block(token.position);
        case "break":
        case "continue":
          return this.#jump(token.text, token.position);
        default:
          return this.#unexpected(token, "command");
      }
    }
    this.#back(token);
    const { position } = this.#peek();
    return { kind: "action", position, pipe: this.#pipe("command", "rightDelim") };
  }

  #jump(kind: "break" | "continue", position: number): Node {
    const token = this.#solid();
    if (token.kind !== "rightDelim") this.#unexpected(token, `{{${kind}}}`);
    if (this.#ranges === 0) this.#fail(`{{${kind}}} outside {{range}}`);
    return { kind, position };
  }

  /** `{{else}}`; before `if` or `with` the right delimiter is left to those. */
  #else(): "else" {
    const next = this.#peekSolid();
    if (next.kind === "keyword" && (next.text === "if" || next.text === "with")) return "else";
    this.#expect("rightDelim", "else");
    return "else";
  }

  #branch(kind: BranchKind, position: number): BranchNode {
    const scope = this.#variables.length;
    const pipe = this.#pipe(kind, "rightDelim");
    if (kind === "range") this.#ranges += 1;
    const { list, terminator } = this.#list();
    if (kind === "range") this.#ranges -= 1;
    const otherwise = terminator === "else" ? this.#otherwise(kind) : undefined;
    this.#variables.length = scope;
    return { kind, position, pipe, list, ...(otherwise !== undefined && { otherwise }) };
  }

  #otherwise(kind: BranchKind): Node[] {
    const next = this.#peek();
    if (kind !== "range" && next.kind === "keyword" && next.text === kind) {
      this.#next();
      return [this.#branch(kind, next.position)];
    }
    const { list, terminator } = this.#list();
    if (terminator !== "end") this.#fail(`expected end; found {{${terminator}}}`);
    return list;
  }

  #template(position: number): Node {
    const nameAt = this.#peekSolid().position;
    const name = this.#templateName("template clause");
    if (this.#solid().kind === "rightDelim") return { kind: "template", position: nameAt || position, name };
    this.#back(this.#last);
    return { kind: "template", position: nameAt, name, pipe: this.#pipe("template clause", "rightDelim") };
  }

  #block(position: number): Node {
    const nameAt = this.#peekSolid().position;
    const name = this.#templateName("block clause");
    const pipe = this.#pipe("block clause", "rightDelim");
    const [variables, ranges] = [this.#variables, this.#ranges];
    this.#variables = ["$"];
    this.#ranges = 0;
    const { list, terminator } = this.#list();
    if (terminator !== "end") this.#fail(`unexpected {{${terminator}}} in block clause`);
    this.#add(name, list);
    [this.#variables, this.#ranges] = [variables, ranges];
    return { kind: "template", position: nameAt || position, name, pipe };
  }

  #templateName(context: string): string {
    const token = this.#solid();
    if (token.kind !== "string" && token.kind !== "rawString") return this.#unexpected(token, context);
    return unquote(token.text) ?? this.#fail("invalid syntax");
  }

  #pipe(context: string, end: "rightDelim" | "rightParen"): Pipe {
    const pipe: Pipe = {
      kind: "pipe",
      position: this.#peekSolid().position,
      assigns: false,
      declared: [],
      commands: [],
    };
    while (this.#declaration(pipe, context)) continue;
    for (;;) {
      const token = this.#solid();
      if (token.kind === end) break;
      if (!operandStarts.has(token.kind)) return this.#unexpected(token, context);
      this.#back(token);
      pipe.commands.push(this.#command());
    }
    this.#checkPipe(pipe, context);
    return pipe;
  }

  /** Reads one `$x :=`, `$x =` or the `$i,` of a range; answers whether another may follow. */
  #declaration(pipe: Pipe, context: string): boolean {
    const variable = this.#peekSolid();
    if (variable.kind !== "variable") return false;
    this.#next();
    const after = this.#peek();
    const next = this.#peekSolid();
    if (next.kind === "assign" || next.kind === "declare") {
      this.#solid();
      pipe.assigns = next.kind === "assign";
      this.#declare(pipe, variable.text);
      return false;
    }
    if (next.kind === "char" && next.text === ",") {
      this.#solid();
      this.#declare(pipe, variable.text);
      if (context !== "range" || pipe.declared.length >= 2) this.#fail(`too many declarations in ${context}`);
      if (!["variable", "rightDelim", "rightParen"].includes(this.#peekSolid().kind))
        this.#fail("range can only initialize variables");
      return true;
    }
    if (after.kind === "space") this.#ahead.unshift(after);
    this.#back(variable);
    return false;
  }

  #declare(pipe: Pipe, name: string): void {
    pipe.declared.push(name);
    this.#variables.push(name);
  }

  #checkPipe(pipe: Pipe, context: string): void {
    if (pipe.commands.length === 0) this.#fail(`missing value for ${context}`);
    pipe.commands.slice(1).forEach((command, index) => {
      if (["bool", "dot", "nil", "number", "string"].includes(command.args[0]?.kind ?? ""))
        this.#fail(`non executable command in pipeline stage ${index + 2}`);
    });
  }

  #command(): Command {
    const command: Command = { kind: "command", position: this.#peekSolid().position, args: [] };
    for (;;) {
      this.#peekSolid();
      const operand = this.#operand();
      if (operand !== undefined) command.args.push(operand);
      const token = this.#next();
      if (token.kind === "space") continue;
      if (token.kind === "rightDelim" || token.kind === "rightParen") this.#back(token);
      else if (token.kind !== "pipe") this.#unexpected(token, "operand");
      break;
    }
    if (command.args.length === 0) this.#fail("empty command");
    return command;
  }

  /** A term with the fields that follow it. */
  #operand(): Operand | undefined {
    const term = this.#term();
    if (term === undefined || this.#peek().kind !== "field") return term;
    const { position } = this.#peek();
    const names: string[] = [];
    while (this.#peek().kind === "field") names.push(this.#next().text.slice(1));
    switch (term.kind) {
      case "field":
      case "variable":
        return { ...term, position, names: [...term.names, ...names] };
      case "bool":
      case "string":
      case "number":
      case "nil":
      case "dot":
        return this.#fail(`unexpected . after term ${quote(render(term))}`);
      default:
        return { kind: "chain", position, base: term, names };
    }
  }

  #term(): Operand | undefined {
    const token = this.#solid();
    const { position, text } = token;
    switch (token.kind) {
      case "identifier":
        if (!this.#functions(text)) this.#fail(`function ${quote(text)} not defined`);
        return { kind: "identifier", position, name: text };
      case "dot":
      case "nil":
        return { kind: token.kind, position };
      case "bool":
        return { kind: "bool", position, value: text === "true" };
      case "variable":
        if (!this.#variables.includes(text)) this.#fail(`undefined variable ${quote(text)}`);
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
          value: unquote(text) ?? this.#fail("invalid syntax"),
        };
      case "leftParen":
        return this.#pipe("parenthesized pipeline", "rightParen");
      default:
        this.#back(token);
        return undefined;
    }
  }

  #checked(node: Operand | string): Operand {
    return typeof node === "string" ? this.#fail(node) : node;
  }

  #next(): Token {
    this.#last = this.#ahead.shift() ?? this.#lexer.next();
    return this.#last;
  }

  #back(token: Token): void {
    this.#ahead.unshift(token);
  }

  #peek(): Token {
    const token = this.#next();
    this.#back(token);
    return token;
  }

  /** The next token that is not space. */
  #solid(): Token {
    let token = this.#next();
    while (token.kind === "space") token = this.#next();
    return token;
  }

  #peekSolid(): Token {
    const token = this.#solid();
    this.#back(token);
    return token;
  }

  #expect(kind: Token["kind"], context: string): Token {
    const token = this.#solid();
    return token.kind === kind ? token : this.#unexpected(token, context);
  }

  #unexpected(token: Token, context: string): never {
    if (token.kind !== "error") return this.#fail(`unexpected ${describe(token)} in ${context}`);
    if (this.#actionLine === 0 || this.#actionLine === token.line) return this.#fail(token.text);
    const start = `started at ${this.#name}:${this.#actionLine}`;
    return this.#fail(`${token.text}${token.text.endsWith(" action") ? "" : " in action"} ${start}`);
  }

  #fail(message: string): never {
    throw new TemplateError(`template: ${this.#name}:${this.#last.line}: ${message}`);
  }
}

function describe(token: Token): string {
  if (token.kind === "eof") return "EOF";
  if (token.kind === "keyword") return `<${token.text}>`;
  const characters = Array.from(token.text);
  return characters.length > 10 ? `${quote(characters.slice(0, 10).join(""))}...` : quote(token.text);
}

function isEmpty(list: readonly Node[]): boolean {
  return list.every((node) => node.kind === "text" && node.text.trim() === "");
}
