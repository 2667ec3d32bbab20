// Parses a template into its tree, with Go's words for every mistake.
import { quote, unquote } from "../go/quote.ts";
import type { BranchKind, BranchNode, Node } from "./node.ts";
import { PipelineParser } from "./pipeline-parser.ts";
import { TokenReader } from "./token-reader.ts";

/** Templates by name; the main one carries the name it was parsed under. */
export type TemplateSet = Map<string, Node[]>;

/** What ended a list of nodes. */
type Terminator = "end" | "else" | "eof";

export class Parser {
  readonly #name: string;
  readonly #tokens: TokenReader;
  readonly #pipelines: PipelineParser;
  readonly #templates: TemplateSet = new Map();
  #ranges = 0;

  constructor(name: string, source: string, functions: (name: string) => boolean) {
    this.#name = name;
    this.#tokens = new TokenReader(name, source);
    this.#pipelines = new PipelineParser(this.#tokens, functions);
  }

  parse(): TemplateSet {
    const main: Node[] = [];
    for (;;) {
      const token = this.#tokens.next();
      if (token.kind === "eof") break;
      if (token.kind === "leftDelim" && this.#tokens.peekSolid().text === "define") {
        this.#tokens.solid();
        this.#definition();
        continue;
      }
      this.#tokens.back(token);
      const item = this.#item();
      if (typeof item === "string") this.#tokens.fail(`unexpected {{${item}}}`);
      else if (item !== undefined) main.push(item);
    }
    this.#add(this.#name, main);
    return this.#templates;
  }

  #definition(): void {
    const name = this.#templateName("define clause");
    this.#tokens.expect("rightDelim", "define clause");
    const [variables, ranges] = [this.#pipelines.variables, this.#ranges];
    this.#pipelines.variables = ["$"];
    this.#ranges = 0;
    const { list, terminator } = this.#list();
    if (terminator !== "end") this.#tokens.fail(`unexpected {{${terminator}}} in define clause`);
    this.#add(name, list);
    [this.#pipelines.variables, this.#ranges] = [variables, ranges];
  }

  #add(name: string, list: Node[]): void {
    const known = this.#templates.get(name);
    if (known === undefined || isEmpty(known)) this.#templates.set(name, list);
    else if (!isEmpty(list)) this.#tokens.fail(`template: multiple definition of template ${quote(name)}`);
  }

  /** Nodes up to `{{end}}` or `{{else}}`. */
  #list(): { list: Node[]; terminator: Terminator } {
    const list: Node[] = [];
    while (this.#tokens.peekSolid().kind !== "eof") {
      const item = this.#item();
      if (item === "end" || item === "else") return { list, terminator: item };
      if (item !== undefined) list.push(item);
    }
    return this.#tokens.fail("unexpected EOF");
  }

  #item(): Node | "end" | "else" | undefined {
    const token = this.#tokens.solid();
    if (token.kind === "text") return { kind: "text", position: token.position, text: token.text };
    if (token.kind !== "leftDelim") return this.#tokens.unexpected(token, "input");
    this.#tokens.actionLine = token.line;
    const item = this.#action();
    this.#tokens.actionLine = 0;
    return item;
  }

  #action(): Node | "end" | "else" {
    const token = this.#tokens.solid();
    if (token.kind === "keyword") {
      switch (token.text) {
        case "if":
        case "range":
        case "with":
          return this.#branch(token.text, token.position);
        case "end":
          this.#tokens.expect("rightDelim", "end");
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
          return this.#tokens.unexpected(token, "command");
      }
    }
    this.#tokens.back(token);
    const { position } = this.#tokens.peek();
    return { kind: "action", position, pipe: this.#pipelines.pipe("command", "rightDelim") };
  }

  #jump(kind: "break" | "continue", position: number): Node {
    const token = this.#tokens.solid();
    if (token.kind !== "rightDelim") this.#tokens.unexpected(token, `{{${kind}}}`);
    if (this.#ranges === 0) this.#tokens.fail(`{{${kind}}} outside {{range}}`);
    return { kind, position };
  }

  /** `{{else}}`; before `if` or `with` the right delimiter is left to those. */
  #else(): "else" {
    const next = this.#tokens.peekSolid();
    if (next.kind === "keyword" && (next.text === "if" || next.text === "with")) return "else";
    this.#tokens.expect("rightDelim", "else");
    return "else";
  }

  #branch(kind: BranchKind, position: number): BranchNode {
    const scope = this.#pipelines.variables.length;
    const pipe = this.#pipelines.pipe(kind, "rightDelim");
    if (kind === "range") this.#ranges += 1;
    const { list, terminator } = this.#list();
    if (kind === "range") this.#ranges -= 1;
    const otherwise = terminator === "else" ? this.#otherwise(kind) : undefined;
    this.#pipelines.variables.length = scope;
    return { kind, position, pipe, list, ...(otherwise !== undefined && { otherwise }) };
  }

  #otherwise(kind: BranchKind): Node[] {
    const next = this.#tokens.peek();
    if (kind !== "range" && next.kind === "keyword" && next.text === kind) {
      this.#tokens.next();
      return [this.#branch(kind, next.position)];
    }
    const { list, terminator } = this.#list();
    if (terminator !== "end") this.#tokens.fail(`expected end; found {{${terminator}}}`);
    return list;
  }

  #template(position: number): Node {
    const nameAt = this.#tokens.peekSolid().position;
    const name = this.#templateName("template clause");
    if (this.#tokens.solid().kind === "rightDelim")
      return { kind: "template", position: nameAt || position, name };
    this.#tokens.back(this.#tokens.last);
    return {
      kind: "template",
      position: nameAt,
      name,
      pipe: this.#pipelines.pipe("template clause", "rightDelim"),
    };
  }

  #block(position: number): Node {
    const nameAt = this.#tokens.peekSolid().position;
    const name = this.#templateName("block clause");
    const pipe = this.#pipelines.pipe("block clause", "rightDelim");
    const [variables, ranges] = [this.#pipelines.variables, this.#ranges];
    this.#pipelines.variables = ["$"];
    this.#ranges = 0;
    const { list, terminator } = this.#list();
    if (terminator !== "end") this.#tokens.fail(`unexpected {{${terminator}}} in block clause`);
    this.#add(name, list);
    [this.#pipelines.variables, this.#ranges] = [variables, ranges];
    return { kind: "template", position: nameAt || position, name, pipe };
  }

  #templateName(context: string): string {
    const token = this.#tokens.solid();
    if (token.kind !== "string" && token.kind !== "rawString") return this.#tokens.unexpected(token, context);
    return unquote(token.text) ?? this.#tokens.fail("invalid syntax");
  }
}

function isEmpty(list: readonly Node[]): boolean {
  return list.every((node) => node.kind === "text" && node.text.trim() === "");
}
