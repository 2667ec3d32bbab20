import { messageOf } from "../../base/errors.ts";
import { argumentReaders } from "./arguments.ts";
import { readDirectives } from "./directives.ts";
import { DockerfileError } from "./dockerfile-error.ts";
import { heredocMarks } from "./heredoc.ts";
import { LineReader } from "./line-reader.ts";
import type { EscapeCharacter, Heredoc, Node, ParsedDockerfile, SourceRange } from "./node.ts";
import { splitCommand } from "./split-command.ts";

/** Takes a Dockerfile apart into instructions with their lines, understanding none of them. Throws DockerfileError. */
export function parseDockerfile(text: string): ParsedDockerfile {
  const reader = new LineReader(text);
  const lines = reader.lines.map((line) => line.replace(/[\r\n]+$/, ""));
  if (text === "") throw new DockerfileError("the Dockerfile cannot be empty", []);
  const { directives, ranges } = readDirectives(lines);
  const parser = new NodeReader(reader, directives.escape);
  const nodes = parser.all();
  if (nodes.length === 0)
    throw new DockerfileError("file with no instructions", [
      { startLine: reader.taken, endLine: reader.taken },
    ]);
  return { nodes, directives, directiveRanges: ranges, emptyContinuations: parser.emptyContinuations, lines };
}

/** Takes apart one instruction that stands alone, as an image's ONBUILD trigger does. Throws DockerfileError. */
export function parseInstruction(line: string): Node {
  const { nodes } = parseDockerfile(line);
  const [node] = nodes;
  if (node === undefined || nodes.length !== 1)
    throw new DockerfileError("exactly one instruction expected", [{ startLine: 1, endLine: 1 }]);
  return node;
}

const heredocInstructions = new Set(["add", "copy", "run"]);

class NodeReader {
  readonly emptyContinuations: SourceRange[] = [];
  readonly #reader: LineReader;
  readonly #escape: EscapeCharacter;
  readonly #continues: RegExp;
  #comments: string[] = [];

  constructor(reader: LineReader, escape: EscapeCharacter) {
    this.#reader = reader;
    this.#escape = escape;
    // A doubled escape character is itself, not a continuation.
    this.#continues = escape === "`" ? /(^|[^`])`[ \t]*$/ : /(^|[^\\])\\[ \t]*$/;
  }

  all(): Node[] {
    const nodes: Node[] = [];
    for (let line = this.#reader.next(); line !== undefined; line = this.#reader.next()) {
      const trimmed = line.trimStart();
      if (trimmed.startsWith("#")) this.#comment(trimmed);
      else if (trimmed !== "") nodes.push(...this.#instruction(trimmed));
    }
    return nodes;
  }

  #comment(line: string): void {
    const text = line.slice(1).trim();
    if (text === "") this.#comments = [];
    else this.#comments.push(text);
  }

  /** No node for a line that is nothing but a continuation. */
  #instruction(first: string): Node[] {
    const startLine = this.#reader.taken;
    const text = this.#logicalLine(first);
    if (text.trim() === "") return [];
    const range = () => ({ startLine, endLine: this.#reader.taken });
    try {
      const node = readNode(text, this.#escape, this.#comments, range());
      this.#comments = [];
      const heredocs = holdsHeredocs(node) ? this.#heredocs(text) : [];
      return [withHeredocs(node, heredocs, range())];
    } catch (error) {
      if (error instanceof DockerfileError) throw error;
      throw new DockerfileError(messageOf(error), [range()], error);
    }
  }

  /** Joins continued lines; comments and empty lines between them are left out. */
  #logicalLine(first: string): string {
    let [text, more] = this.#withoutContinuation(first);
    let empty = false;
    while (more) {
      const line = this.#reader.next();
      if (line === undefined) break;
      const trimmed = line.trimStart();
      if (trimmed.startsWith("#")) continue;
      if (trimmed === "") {
        empty = true;
        continue;
      }
      const [part, goesOn] = this.#withoutContinuation(line);
      text += part;
      more = goesOn;
    }
    if (empty) this.emptyContinuations.push({ startLine: this.#reader.taken, endLine: this.#reader.taken });
    return text;
  }

  #withoutContinuation(line: string): [text: string, more: boolean] {
    const match = this.#continues.exec(line);
    return match === null ? [line, false] : [line.slice(0, match.index) + (match[1] ?? ""), true];
  }

  #heredocs(line: string): Heredoc[] {
    return heredocMarks(line, this.#escape).map((mark) => {
      let content = "";
      for (let raw = this.#reader.raw(); raw !== undefined; raw = this.#reader.raw()) {
        const end = raw.replace(/[\r\n]+$/, "");
        if ((mark.chomp ? end.replace(/^\t+/, "") : end) === mark.name) return { ...mark, content };
        content += raw;
      }
      throw new Error("unterminated heredoc");
    });
  }
}

function readNode(
  text: string,
  escape: EscapeCharacter,
  comments: readonly string[],
  range: SourceRange,
): Node {
  const { keyword, flags, rest } = splitCommand(text);
  const instruction = keyword.toLowerCase();
  const base = { instruction, keyword, flags, text: text.trim(), heredocs: [], comments, range };
  if (instruction === "onbuild") {
    const trigger = rest === "" ? undefined : readNode(rest, escape, [], range);
    return { ...base, words: [], json: false, ...(trigger && { trigger }) };
  }
  // What the instruction is, is not this parser's to judge.
  const read = argumentReaders[instruction];
  return { ...base, ...(read?.(rest, escape, keyword) ?? { words: [], json: false }) };
}

function holdsHeredocs(node: Node): boolean {
  const inner = node.trigger ?? node;
  return heredocInstructions.has(inner.instruction) && !inner.json;
}

function withHeredocs(node: Node, heredocs: readonly Heredoc[], range: SourceRange): Node {
  const trigger = node.trigger && { ...node.trigger, heredocs, range };
  return { ...node, heredocs, range, ...(trigger && { trigger }) };
}
