import type { Node } from "../dockerfile/node.ts";
import type { Instruction, Stage } from "./instruction.ts";
import type { Warn } from "./lint-rules.ts";
import { readFrom } from "./read-from.ts";
import { readHealthcheck } from "./read-healthcheck.ts";
import { readRun } from "./read-run.ts";
import * as simple from "./read-simple.ts";
import { readAdd, readCopy } from "./read-transfer.ts";
import { suggestion } from "./suggestion.ts";

type Reader = (node: Node, warn: Warn) => Instruction;

// biome-ignore format: a table
const readers: Readonly<Record<Instruction["kind"], Reader>> = {
  add: readAdd,
  arg: simple.readArg,
  cmd: (node) => simple.readCommand(node, "cmd"),
  copy: readCopy,
  entrypoint: (node) => simple.readCommand(node, "entrypoint"),
  env: (node) => ({ kind: "env", ...simple.written(node), pairs: simple.readPairs(node) }),
  expose: (node) => ({ kind: "expose", ports: simple.someWords(node), ...simple.written(node) }),
  healthcheck: readHealthcheck,
  label: (node) => ({ kind: "label", ...simple.written(node), pairs: simple.readPairs(node) }),
  maintainer: (node, warn) => {
    warn("MaintainerDeprecated", [node.range]);
    return { kind: "maintainer", maintainer: simple.oneWord(node), ...simple.written(node) };
  },
  onbuild: simple.readOnbuild,
  run: readRun,
  shell: simple.readShell,
  stopsignal: (node) => ({ kind: "stopsignal", signal: simple.oneWord(node), ...simple.written(node) }),
  user: (node) => ({ kind: "user", user: simple.oneWord(node), ...simple.written(node) }),
  volume: simple.readVolume,
  workdir: (node) => ({ kind: "workdir", path: simple.oneWord(node), ...simple.written(node) }),
};

const names = ["from", ...Object.keys(readers)].map((name) => name.toUpperCase());

/** What one node says: a stage's beginning or an instruction. Throws an Error in BuildKit's words. */
export function readInstruction(node: Node, warn: Warn): { stage: Stage } | { instruction: Instruction } {
  if (node.instruction === "from") return { stage: readFrom(node, warn) };
  if (!isKnown(node.instruction))
    throw new Error(`unknown instruction: ${node.keyword}${suggestion(node.keyword, names)}`);
  return { instruction: readers[node.instruction](node, warn) };
}

function isKnown(name: string): name is Instruction["kind"] {
  return Object.hasOwn(readers, name);
}
