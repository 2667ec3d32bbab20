import type { Terminal } from "./command.ts";
import { commandHelp, groupHelp, rootHelp } from "./help.ts";
import { findEntry, groups } from "./registry.ts";

const usage = "Usage:  PROGRAM help [command]\n\nHelp about the command\n";

/** `gantry help [COMMAND…]`. */
export async function helpTopic(
  words: readonly string[],
  program: string,
  terminal: Terminal,
): Promise<number> {
  const [first = "", second = ""] = words;
  if (first === "--help" || first === "-h") {
    terminal.out(usage.replace("PROGRAM", program));
    return 0;
  }
  if (first === "") return show(await rootHelp(program, terminal), terminal);
  const inGroup = Object.hasOwn(groups, first);
  const path = inGroup && second !== "" ? `${first} ${second}` : first;
  const entry = findEntry(path);
  const rest = words.slice(entry === undefined ? (inGroup ? 1 : 0) : path.split(" ").length);
  if (rest.length > 0) {
    terminal.err(`unknown help topic: ${rest.join(" ")}\n`);
    return 1;
  }
  if (entry === undefined) return show(await groupHelp(first, program), terminal);
  const { command } = await entry.load();
  return show(commandHelp(command, program, path, terminal), terminal);
}

function show(text: string, terminal: Terminal): number {
  terminal.out(text);
  return 0;
}
