import { nearest } from "../base/nearest.ts";
import { programVersion } from "../base/version.ts";
import { ApiError } from "../client/client.ts";
import { type Command, CommandError, type ParsedFlags } from "./command.ts";
import { type ContextWithClient, type Shell, interruptCode, makeContext, readConfig } from "./context.ts";
import { errorText } from "./error-text.ts";
import { globalFlags } from "./global-flags.ts";
import { FlagError, parseFlags } from "./parse.ts";
import { type Entry, findEntry, groups, wordsAfter } from "./registry.ts";
import { argumentsError, didYouMean, usageError } from "./usage-error.ts";

/** What the process exits with when a flag is wrong, whatever the command. */
const flagErrorCode = 125;

/** Runs one command line and answers its exit code. */
export async function dispatch(
  argv: readonly string[],
  program: Shell["program"],
  terminal: Shell["terminal"],
  readText: Shell["readText"],
  localCopy?: Shell["localCopy"],
): Promise<number> {
  const shell = { program, terminal, readText, ...(localCopy && { localCopy }) };
  return withUsage(shell, "", "[OPTIONS] COMMAND [ARG...]", async () => {
    const { flags, args, help } = parseFlags(globalFlags, argv, true);
    if (flags.bool("version")) return showVersion(shell);
    if (help || args.length === 0) return showHelp("", help, shell);
    if (args[0] === "help")
      return (await import("./help-topic.ts")).helpTopic(args.slice(1), program, terminal);
    return dispatchWords(args, flags, shell);
  });
}

async function dispatchWords(words: readonly string[], globals: ParsedFlags, shell: Shell): Promise<number> {
  const [first = "", second] = words;
  if (!Object.hasOwn(groups, first)) {
    const entry = findEntry(first);
    if (entry === undefined) return unknownCommand("", first, shell);
    return runEntry(entry, first, words.slice(1), globals, shell);
  }
  if (second === undefined || second === "--help" || second === "-h")
    return showHelp(first, second !== undefined, shell);
  if (second.startsWith("-")) {
    shell.terminal.err(usageError(new FlagError(`unknown flag: ${second}`), shell.program, first, ""));
    return flagErrorCode;
  }
  const entry = findEntry(`${first} ${second}`);
  if (entry === undefined) return unknownCommand(first, second, shell);
  // Usage shows the canonical word: `container ls` for `container ps`.
  const path = entry.names.find((name) => name.startsWith(`${first} `)) ?? `${first} ${second}`;
  return runEntry(entry, path, words.slice(2), globals, shell);
}

async function runEntry(
  entry: Entry,
  path: string,
  argv: readonly string[],
  globals: ParsedFlags,
  shell: Shell,
): Promise<number> {
  const [{ command }, { config, warning }] = await Promise.all([entry.load(), readConfig(shell, globals)]);
  const { program, terminal } = shell;
  // A shell that completes a line has no use for it.
  if (warning !== undefined && !command.hidden) terminal.err(`${warning}\n`);
  return withUsage(shell, path, command.usage, async () => {
    const { flags, args, help, notices } = parseFlags(command.flags, argv, command.flagsFirst);
    // Docker says this on stdout.
    for (const notice of notices) terminal.out(`${notice}\n`);
    if (help) {
      const { commandHelp } = await import("./help.ts");
      terminal.out(commandHelp(command, program, path, terminal));
      return 0;
    }
    const wrong = argumentsError(command, args.length, program, path);
    if (wrong !== undefined) {
      terminal.err(wrong);
      return 1;
    }
    return runCommand(command, makeContext(shell, { flags, args, globals, path }, config));
  });
}

/** A wrong flag is answered with what it is and the usage of where it stood. */
async function withUsage(
  { program, terminal }: Shell,
  path: string,
  usage: string,
  run: () => Promise<number> | number,
): Promise<number> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    terminal.err(usageError(error, program, path, usage));
    return flagErrorCode;
  }
}

async function runCommand(command: Command, context: ContextWithClient): Promise<number> {
  try {
    return await command.run(context);
  } catch (error) {
    if (error instanceof FlagError) throw error;
    if (error instanceof Error && error.name === "AbortError") return interruptCode(context.signal);
    const text = errorText(error);
    if (text !== "") context.terminal.err(`${text}\n`);
    if (context.globals.bool("debug") && error instanceof Error && !(error instanceof ApiError))
      context.terminal.err(`${error.stack}\n`);
    return error instanceof CommandError ? error.exitCode : 1;
  } finally {
    context.closeClient();
  }
}

function unknownCommand(group: string, word: string, { program, terminal }: Shell): number {
  const path = group === "" ? program : `${program} ${group}`;
  const near = nearest(word, wordsAfter(group));
  const usage = group === "" ? "" : `\n\nUsage:  ${path}`;
  terminal.err(
    `${program}: unknown command: ${path} ${word}${didYouMean(near && `${path} ${near}`)}${usage}\n\nRun '${path} --help' for more information\n`,
  );
  return 1;
}

/** Help that was asked for goes to stdout; a command line without a command gets it on stderr. */
async function showHelp(group: string, asked: boolean, { program, terminal }: Shell): Promise<number> {
  const { groupHelp, rootHelp } = await import("./help.ts");
  const text = group === "" ? await rootHelp(program, terminal) : await groupHelp(group, program);
  if (asked) terminal.out(text);
  else terminal.err(text);
  return 0;
}

function showVersion({ program, terminal }: Shell): number {
  terminal.out(`${program === "docker" ? "Docker" : "Gantry"} version ${programVersion}\n`);
  return 0;
}
