// What may stand at the end of a command line.
import type { Command, Flag, ParsedFlags } from "../command.ts";
import { globalFlags } from "../global-flags.ts";
import { parseFlags } from "../parse.ts";
import { type Entry, findEntry, groups, registry } from "../registry.ts";

export interface Candidate {
  word: string;
  description?: string;
}

export interface Completion {
  candidates: Candidate[];
  /** Files may be offered too. */
  files: boolean;
}

type Source = Exclude<NonNullable<Flag["complete"]>, readonly string[] | "file">;

/** Names of things, asked of the engine with the global flags of the line; empty where it cannot be reached. */
export type Lookup = (source: Source, globals: ParsedFlags) => Promise<string[]>;

const nothing: Completion = { candidates: [], files: false };

/** Completes the last of `words`, which may be empty. */
export async function complete(words: readonly string[], lookUp: Lookup): Promise<Completion> {
  const before = words.slice(0, -1);
  const current = words.at(-1) ?? "";
  const { globals, rest, pending } = splitGlobals(before);
  if (pending !== undefined) return valuesOf(pending, globals, lookUp);
  const { entry, prefix, args } = findCommand(rest);
  if (entry === undefined) {
    if (args.length > 0) return nothing;
    if (current.startsWith("-")) return matching(prefix === "" ? flagNames(globalFlags) : [], current);
    return matching(await subcommands(prefix), current);
  }
  const { command } = await entry.load();
  return completeCommand(command, args, current, globals, lookUp);
}

async function completeCommand(
  command: Command,
  args: readonly string[],
  current: string,
  globals: ParsedFlags,
  lookUp: Lookup,
): Promise<Completion> {
  const given = positionals(command, args);
  // What follows the image of `run` belongs to the container.
  if (command.flagsFirst && given > 0) return nothing;
  const flag = flagAwaitingValue(command, args);
  if (flag !== undefined) return valuesOf(flag, globals, lookUp, current);
  const written = /^--([^=]+)=(.*)$/s.exec(current);
  if (written !== null) return writtenValue(command, written[1] ?? "", written[2] ?? "", globals, lookUp);
  if (current.startsWith("-")) return matching(flagNames(command.flags), current);
  const { completeArgs } = command;
  if (completeArgs === undefined || given >= command.args[1]) return nothing;
  return valuesOf(
    { name: "", kind: "string", summary: "", complete: completeArgs },
    globals,
    lookUp,
    current,
  );
}

/** The flags before the command; one that still lacks its value is `pending`. */
function splitGlobals(words: readonly string[]): { globals: ParsedFlags; rest: string[]; pending?: Flag } {
  const flag = awaiting(globalFlags, words.at(-1));
  const onlyFlags = words.every(
    (word, index) => word.startsWith("-") || awaiting(globalFlags, words[index - 1]),
  );
  const usable = flag !== undefined && onlyFlags ? words.slice(0, -1) : words;
  const { flags, args } = parseFlags(globalFlags, usable, true);
  return { globals: flags, rest: args, ...(flag !== undefined && onlyFlags && { pending: flag }) };
}

function findCommand(words: readonly string[]): {
  entry: Entry | undefined;
  prefix: string;
  args: readonly string[];
} {
  const [first = "", second] = words;
  if (first === "help") return findCommand(words.slice(1));
  if (!Object.hasOwn(groups, first))
    return { entry: findEntry(first), prefix: "", args: words.slice(first === "" ? 0 : 1) };
  if (second === undefined) return { entry: undefined, prefix: first, args: [] };
  return { entry: findEntry(`${first} ${second}`), prefix: first, args: words.slice(2) };
}

async function subcommands(prefix: string): Promise<Candidate[]> {
  const found: Candidate[] = [];
  if (prefix === "")
    for (const [word, description] of Object.entries(groups)) found.push({ word, description });
  for (const { names, load } of registry) {
    const word = names.map((name) => wordUnder(name, prefix)).find((each) => each !== undefined);
    if (word === undefined) continue;
    const { command } = await load();
    if (!command.hidden) found.push({ word, description: command.summary });
  }
  return found.sort((a, b) => (a.word < b.word ? -1 : 1));
}

function wordUnder(name: string, prefix: string): string | undefined {
  if (prefix === "") return name.includes(" ") ? undefined : name;
  return name.startsWith(`${prefix} `) ? name.slice(prefix.length + 1) : undefined;
}

function flagNames(flags: readonly Flag[]): Candidate[] {
  const shown = flags.filter((flag) => !flag.hidden);
  const names = shown.map(({ name, summary }) => ({ word: `--${name}`, description: firstLine(summary) }));
  return [...names, { word: "--help", description: "Print usage" }].sort((a, b) =>
    a.word < b.word ? -1 : 1,
  );
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? "";
}

/** The flag that the word before the cursor leaves without its value. */
function flagAwaitingValue(command: Command, args: readonly string[]): Flag | undefined {
  return args.includes("--") ? undefined : awaiting(command.flags, args.at(-1));
}

function awaiting(flags: readonly Flag[], word: string | undefined): Flag | undefined {
  if (word === undefined || !word.startsWith("-") || word.includes("=")) return undefined;
  const flag = word.startsWith("--")
    ? flags.find(({ name }) => `--${name}` === word)
    : flags.find(({ short }) => short !== undefined && short === word.at(-1));
  return flag === undefined || flag.kind === "bool" || flag.kind === "optional" ? undefined : flag;
}

/** How many arguments there are that are no flags. */
function positionals(command: Command, args: readonly string[]): number {
  return args.filter(
    (word, index) => !word.startsWith("-") && awaiting(command.flags, args[index - 1]) === undefined,
  ).length;
}

async function writtenValue(
  command: Command,
  name: string,
  value: string,
  globals: ParsedFlags,
  lookUp: Lookup,
): Promise<Completion> {
  const flag = command.flags.find((each) => each.name === name);
  if (flag === undefined) return nothing;
  const { candidates, files } = await valuesOf(flag, globals, lookUp, value);
  return { candidates: candidates.map(({ word }) => ({ word: `--${name}=${word}` })), files };
}

async function valuesOf(flag: Flag, globals: ParsedFlags, lookUp: Lookup, current = ""): Promise<Completion> {
  const { complete: source } = flag;
  if (source === undefined) return nothing;
  if (source === "file") return { candidates: [], files: true };
  if (typeof source !== "string")
    return matching(
      source.map((word) => ({ word })),
      current,
    );
  const words = await lookUp(source, globals);
  return matching(
    words.map((word) => ({ word })),
    current,
  );
}

function matching(candidates: readonly Candidate[], current: string): Completion {
  return { candidates: candidates.filter(({ word }) => word.startsWith(current)), files: false };
}
