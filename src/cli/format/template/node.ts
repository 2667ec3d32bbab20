// The tree of a parsed template, and the text Go prints for each node in its errors.
import { quote } from "../go/quote.ts";

interface At {
  /** Offset in the source, which an error turns into line and column. */
  position: number;
}

export type Operand =
  | (At & { kind: "bool"; value: boolean })
  | (At & { kind: "string"; literal: string; value: string })
  | (At & { kind: "number"; literal: string; int?: bigint; float?: number; complex: boolean })
  | (At & { kind: "dot" })
  | (At & { kind: "nil" })
  | (At & { kind: "identifier"; name: string })
  | (At & { kind: "field"; names: string[] })
  | (At & { kind: "variable"; names: string[] })
  | (At & { kind: "chain"; base: Operand; names: string[] })
  | Pipe;

export type NumberNode = Extract<Operand, { kind: "number" }>;

export interface Command extends At {
  kind: "command";
  args: Operand[];
}

export interface Pipe extends At {
  kind: "pipe";
  assigns: boolean;
  declared: string[];
  commands: Command[];
}

export type BranchKind = "if" | "range" | "with";

export type Node =
  | (At & { kind: "text"; text: string })
  | (At & { kind: "action"; pipe: Pipe })
  | (At & { kind: BranchKind; pipe: Pipe; list: Node[]; otherwise?: Node[] })
  | (At & { kind: "template"; name: string; pipe?: Pipe })
  | (At & { kind: "break" | "continue" });

export type BranchNode = Extract<Node, { kind: BranchKind }>;

/** A node's source, as Go writes it back. */
export function render(node: Operand | Command | Node): string {
  switch (node.kind) {
    case "bool":
      return String(node.value);
    case "string":
    case "number":
      return node.literal;
    case "dot":
      return ".";
    case "nil":
      return "nil";
    case "identifier":
      return node.name;
    case "field":
      return node.names.map((name) => `.${name}`).join("");
    case "variable":
      return node.names.join(".");
    case "chain":
      return `${renderArg(node.base)}${node.names.map((name) => `.${name}`).join("")}`;
    case "command":
      return node.args.map(renderArg).join(" ");
    case "pipe":
      return renderPipe(node);
    default:
      return renderStatement(node);
  }
}

function renderArg(node: Operand): string {
  return node.kind === "pipe" ? `(${render(node)})` : render(node);
}

function renderPipe(pipe: Pipe): string {
  const declared =
    pipe.declared.length > 0 ? `${pipe.declared.join(", ")} ${pipe.assigns ? "=" : ":="} ` : "";
  return declared + pipe.commands.map(render).join(" | ");
}

function renderStatement(node: Node): string {
  switch (node.kind) {
    case "text":
      return quote(node.text);
    case "action":
      return `{{${render(node.pipe)}}}`;
    case "template":
      return `{{template ${quote(node.name)}${node.pipe === undefined ? "" : ` ${render(node.pipe)}`}}}`;
    case "break":
    case "continue":
      return `{{${node.kind}}}`;
    default: {
      const otherwise = node.otherwise === undefined ? "" : `{{else}}${node.otherwise.map(render).join("")}`;
      return `{{${node.kind} ${render(node.pipe)}}}${node.list.map(render).join("")}${otherwise}{{end}}`;
    }
  }
}
