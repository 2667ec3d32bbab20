import type { Client } from "../client/client.ts";
import { type ApiCall, createClient } from "../client/engine-client.ts";
import type { CommandContext, ParsedFlags, Terminal } from "./command.ts";
import {
  type ConfigFile,
  type ReadConfig,
  type ReadText,
  configDirectory,
  readConfigFile,
} from "./config-file.ts";
import { resolveTarget } from "./target.ts";

/** Where a command line was given. */
export interface Shell {
  /** The name the user called us by. */
  program: string;
  terminal: Terminal;
  /** Reads config.json. */
  readText: ReadText;
  /** Packs and unpacks local files; a test may have no use for it. */
  localCopy?: CommandContext["localCopy"];
}

export type ContextWithClient = CommandContext & { closeClient(): void };

/** As a shell answers for a process that SIGINT or SIGTERM ended. */
const interruptedCode = 130;
const terminatedCode = 143;

/** The user's config.json, read while the command is being loaded. */
export function readConfig({ terminal, readText }: Shell, globals: ParsedFlags): Promise<ReadConfig> {
  return readConfigFile(configDirectory(globals.string("config"), terminal.env), readText);
}

/** What a command runs with. The client and the signal are made when they are asked for. */
export function makeContext(
  { program, terminal, localCopy }: Shell,
  line: Pick<CommandContext, "flags" | "args" | "globals" | "path">,
  config: ConfigFile,
): ContextWithClient {
  const { globals } = line;
  const directory = configDirectory(globals.string("config"), terminal.env);
  let client: Client | undefined;
  let signal: AbortSignal | undefined;
  return {
    ...line,
    program,
    terminal,
    config: () => config,
    localCopy: localCopy ?? (() => Promise.reject(new Error("no way to copy local files"))),
    client: () => {
      const source = { globals, env: terminal.env, config, configDirectory: directory };
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

export function interruptCode({ reason }: AbortSignal): number {
  return reason instanceof Interrupted ? reason.exitCode : interruptedCode;
}
