import { programVersion } from "../base/version.ts";
import { ApiError, type Client } from "../client/client.ts";
import { type ApiCall, createClient } from "../client/engine-client.ts";
import {
  type Command,
  type CommandContext,
  CommandError,
  type ParsedFlags,
  type Terminal,
} from "./command.ts";
import { type ConfigFile, configDirectory, readConfigFile } from "./config-file.ts";
import { globalFlags } from "./global-flags.ts";
import { errorText } from "./error-text.ts";
import { FlagError, parseFlags } from "./parse.ts";
import { type Entry, findEntry, groups, wordsAfter } from "./registry.ts";
import { nearest } from "./suggest.ts";
import { resolveTarget } from "./target.ts";
import { argumentsError, didYouMean, usageError } from "./usage-error.ts";

/** What the process exits with when a flag is wrong, whatever the command. */
const flagErrorCode = 125;
/** As a shell answers for a process that SIGINT or SIGTERM ended. */
const interruptedCode = 130;
const terminatedCode = 143;

/** Runs one command line and answers its exit code. `program` is the name the user called. */
export async function dispatch(
  argv: readonly string[],
  program: string,
  terminal: Terminal,
): Promise<number> {
  try {
    const { flags, args, help } = parseFlags(globalFlags, argv, true);
    if (flags.bool("version")) return showVersion(program, terminal);
    if (help || args.length === 0) return await showHelp("", help, program, terminal);
    if (args[0] === "help")
      return await (await import("./help-topic.ts")).helpTopic(args.slice(1), program, terminal);
    return await dispatchWords(args, flags, program, terminal);
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    terminal.err(usageError(error, program, "", "[OPTIONS] COMMAND [ARG...]"));
    return flagErrorCode;
  }
}

async function dispatchWords(
  words: readonly string[],
  globals: ParsedFlags,
  program: string,
  terminal: Terminal,
): Promise<number> {
  const [first = "", second] = words;
  if (!Object.hasOwn(groups, first)) {
    const entry = findEntry(first);
    if (entry === undefined) return unknownCommand("", first, program, terminal);
    return runEntry(entry, first, words.slice(1), globals, program, terminal);
  }
  if (second === undefined || second === "--help" || second === "-h")
    return showHelp(first, second !== undefined, program, terminal);
  if (second.startsWith("-")) {
    terminal.err(usageError(new FlagError(`unknown flag: ${second}`), program, first, ""));
    return flagErrorCode;
  }
  const entry = findEntry(`${first} ${second}`);
  if (entry === undefined) return unknownCommand(first, second, program, terminal);
  // Usage shows the canonical word: `container ls` for `container ps`.
  const path = entry.names.find((name) => name.startsWith(`${first} `)) ?? `${first} ${second}`;
  return runEntry(entry, path, words.slice(2), globals, program, terminal);
}

async function runEntry(
  entry: Entry,
  path: string,
  argv: readonly string[],
  globals: ParsedFlags,
  program: string,
  terminal: Terminal,
): Promise<number> {
  const { command } = await entry.load();
  try {
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
    return await runCommand(command, makeContext(flags, args, globals, program, path, terminal));
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    terminal.err(usageError(error, program, path, command.usage));
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

type ContextWithClient = CommandContext & { closeClient(): void };

function makeContext(
  flags: ParsedFlags,
  args: string[],
  globals: ParsedFlags,
  program: string,
  path: string,
  terminal: Terminal,
): ContextWithClient {
  const directory = configDirectory(globals.string("config"), terminal.env);
  let config: ConfigFile | undefined;
  let client: Client | undefined;
  let signal: AbortSignal | undefined;
  const readConfig = () => (config ??= readConfigFile(directory));
  return {
    flags,
    args,
    globals,
    program,
    path,
    terminal,
    config: readConfig,
    client: () => {
      const source = { globals, env: terminal.env, config: readConfig(), configDirectory: directory };
      client ??= createClient({
        ...resolveTarget(source),
        ...(globals.bool("debug") && { onCall: (call: ApiCall) => terminal.err(callLine(call)) }),
      });
      return client;
    },
    get signal() {
      signal ??= interruptSignal();
      return signal;
    },
    closeClient: () => client?.close(),
  };
}

function callLine(call: ApiCall): string {
  return `${call.method} ${call.path} ${call.status} ${call.durationMs.toFixed(1)} ms\n`;
}

/** Aborted by the first Ctrl-C or SIGTERM; a second one ends the process. */
function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  process.once("SIGINT", () => controller.abort(new Interrupted(interruptedCode)));
  process.once("SIGTERM", () => controller.abort(new Interrupted(terminatedCode)));
  return controller.signal;
}

/** Named as what fetch rejects with, so that the client passes it on. */
class Interrupted extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super("interrupted");
    this.name = "AbortError";
    this.exitCode = exitCode;
  }
}

function interruptCode({ reason }: AbortSignal): number {
  return reason instanceof Interrupted ? reason.exitCode : interruptedCode;
}

function unknownCommand(group: string, word: string, program: string, terminal: Terminal): number {
  const path = group === "" ? program : `${program} ${group}`;
  const near = nearest(word, wordsAfter(group));
  const usage = group === "" ? "" : `\n\nUsage:  ${path}`;
  terminal.err(
    `${program}: unknown command: ${path} ${word}${didYouMean(near && `${path} ${near}`)}${usage}\n\nRun '${path} --help' for more information\n`,
  );
  return 1;
}

/** Help that was asked for goes to stdout; a command line without a command gets it on stderr. */
async function showHelp(group: string, asked: boolean, program: string, terminal: Terminal): Promise<number> {
  const { groupHelp, rootHelp } = await import("./help.ts");
  const text = group === "" ? await rootHelp(program, terminal) : await groupHelp(group, program);
  if (asked) terminal.out(text);
  else terminal.err(text);
  return 0;
}

function showVersion(program: string, terminal: Terminal): number {
  terminal.out(`${program === "docker" ? "Docker" : "Gantry"} version ${programVersion}\n`);
  return 0;
}
