import type { Node } from "../dockerfile/node.ts";
import { type FlagKind, readFlags } from "./flags.ts";
import type { CommandLine, RunInstruction } from "./instruction.ts";
import { checkMountBase } from "./run-mount.ts";

const table: Record<string, FlagKind> = {
  mount: "list",
  network: "string",
  security: "string",
  device: "list",
};

/** Reads RUN. Throws an Error in BuildKit's words. */
export function readRun(node: Node): RunInstruction {
  const flags = readFlags(node.flags, table);
  const mountFlags = flags.list("mount");
  for (const flag of mountFlags) checkMountBase(flag);
  return {
    kind: "run",
    range: node.range,
    text: node.text,
    command: commandLine(node),
    heredocs: node.heredocs,
    mountFlags,
    mounts: [],
    network: oneOf(flags.string("network"), ["default", "none", "host"], "network mode"),
    security: oneOf(flags.string("security"), ["sandbox", "insecure"], "security mode"),
    devices: flags.list("device"),
  };
}

/** Shell form always has its one line, be it empty. */
export function commandLine({ words, json }: Node): CommandLine {
  return json ? { form: "exec", words } : { form: "shell", words: words.length === 0 ? [""] : words };
}

function oneOf<Value extends string>(
  text: string | undefined,
  values: readonly [Value, ...Value[]],
  what: string,
): Value {
  if (text === undefined || text === "") return values[0];
  const found = values.find((value) => value === text);
  if (found === undefined) throw new Error(`invalid ${what} ${JSON.stringify(text)}`);
  return found;
}
