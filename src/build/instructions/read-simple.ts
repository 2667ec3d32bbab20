import type { Node } from "../dockerfile/node.ts";
import { describedAs } from "./description.ts";
import { readFlags } from "./flags.ts";
import type { ArgDeclaration, ArgInstruction, Instruction, OnbuildInstruction, Pair } from "./instruction.ts";
import { commandLine } from "./read-run.ts";
import type { Warn } from "./lint-rules.ts";

/** The place and text of an instruction, for those without flags. */
export function written(node: Node): Pick<Instruction, "range" | "text"> {
  readFlags(node.flags, {});
  return { range: node.range, text: node.text };
}

/** The one word of an instruction that takes exactly one. */
export function oneWord({ words, instruction }: Node): string {
  const [word] = words;
  if (word === undefined || words.length !== 1)
    throw new Error(`${instruction.toUpperCase()} requires exactly one argument`);
  return word;
}

export function someWords({ words, instruction }: Node): readonly string[] {
  if (words.length === 0) throw new Error(`${instruction.toUpperCase()} requires at least one argument`);
  return words;
}

/** ENV's and LABEL's pairs. */
export function readPairs(node: Node): Pair[] {
  const words = someWords(node);
  const name = node.instruction.toUpperCase();
  const pairs: Pair[] = [];
  for (let at = 0; at < words.length; at += 3) {
    const [key = "", value = "", separator] = words.slice(at, at + 3);
    if (key === "") throw new Error(`${name} names can not be blank`);
    pairs.push({ name: key, value, legacy: separator === "" });
  }
  return pairs;
}

export function readArg(node: Node, warn: Warn): ArgInstruction {
  const words = someWords(node);
  const args = words.map((word): ArgDeclaration => {
    const [name = "", value] = word.split(/=(.*)/s, 2);
    if (name === "") throw new Error("ARG names can not be blank");
    // Of several in a line it is not clear which one the comment means.
    const described =
      words.length === 1 ? describedAs(node, "ARG", name, warn) : describedAs(node, "ARG", name);
    return { name, ...(value !== undefined && { value }), ...described };
  });
  return { kind: "arg", ...written(node), args };
}

export function readVolume(node: Node): Instruction {
  const paths = someWords(node).map((path) => path.trim());
  if (paths.includes("")) throw new Error("VOLUME specified can not be an empty string");
  return { kind: "volume", ...written(node), paths };
}

export function readShell(node: Node): Instruction {
  if (node.json && node.words.length === 0) throw new Error("SHELL requires at least one argument");
  if (!node.json) {
    someWords(node);
    throw new Error("SHELL requires the arguments to be in JSON form");
  }
  return { kind: "shell", ...written(node), shell: node.words };
}

export function readCommand(node: Node, kind: "cmd" | "entrypoint"): Instruction {
  return { kind, ...written(node), command: commandLine(node) };
}

const forbiddenTriggers = new Set(["FROM", "MAINTAINER"]);

export function readOnbuild(node: Node): OnbuildInstruction {
  if (node.trigger === undefined) throw new Error("ONBUILD requires at least one argument");
  const trigger = node.trigger.instruction.toUpperCase();
  if (trigger === "ONBUILD") throw new Error("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
  if (forbiddenTriggers.has(trigger)) throw new Error(`${trigger} isn't allowed as an ONBUILD trigger`);
  const heredocs = node.heredocs.map(({ content, name }) => `\n${content}${name}`).join("");
  return {
    kind: "onbuild",
    ...written(node),
    expression: node.text.replace(/^\s*onbuild\s*/i, "") + heredocs,
  };
}
