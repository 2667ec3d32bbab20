import type { Readable } from "node:stream";
import type { Client } from "../client/client.ts";
import type { LocalCopy } from "./copy/local-copy.ts";
import type { ConfigFile } from "./config-file.ts";

/** How a flag takes its value. `list` collects every use; `optional` may stand without one (`--flag` or `--flag=x`). */
export type FlagKind = "bool" | "string" | "list" | "int" | "optional";

export interface Flag {
  name: string;
  short?: string;
  kind: FlagKind;
  /** The word in help for its value: `string`, `list`, `bytes`, `duration`, `int`, … (none for bool). */
  value?: string;
  summary: string;
  /** Default as help shows it. */
  default?: string;
  hidden?: boolean;
  /** What to use instead: said whenever the flag is used. */
  deprecated?: string;
  /** Throws an Error when the value is no good: `invalid argument "x" for "--name" flag: MESSAGE`. */
  check?: (value: string) => void;
  /** Takes completion candidates from the engine or a fixed list. */
  complete?:
    | "container"
    | "running"
    | "image"
    | "network"
    | "volume"
    | "context"
    | "file"
    | readonly string[];
}

/** Flags after parsing: bool → boolean, int → number, list → string[], string/optional → string. Absent ones are undefined. */
export interface ParsedFlags {
  bool(name: string): boolean;
  string(name: string): string | undefined;
  int(name: string): number | undefined;
  list(name: string): string[];
  /** Whether the user gave it. */
  has(name: string): boolean;
}

/** Where a command reads and writes; tests give their own. */
export interface Terminal {
  stdin: Readable;
  /** Writes text to stdout / stderr without leaving O_NONBLOCK on a shared pipe. */
  out(text: string | Uint8Array): void;
  err(text: string | Uint8Array): void;
  /** Puts the terminal on stdin into raw mode; answers how to put it back. */
  enterRawMode(): Promise<() => void>;
  stdinIsTty: boolean;
  stdoutIsTty: boolean;
  stderrIsTty: boolean;
  columns: number;
  rows: number;
  env: Record<string, string | undefined>;
}

export interface CommandContext {
  flags: ParsedFlags;
  args: string[];
  terminal: Terminal;
  /** As the user called it: `gantry`, or `docker` through a link. */
  program: string;
  /** The command's words as the user called it: `ps`, `container ls`. */
  path: string;
  /** The user's config.json; empty when there is none. */
  config: () => ConfigFile;
  /** What came before the command: host, TLS, context. */
  globals: ParsedFlags;
  /** Connects on first use, by -H, DOCKER_HOST or the current context. */
  client: () => Client;
  /** Packs and unpacks local files. */
  localCopy: () => Promise<LocalCopy>;
  /** Aborted by the first Ctrl-C of a command that has not taken over signals. */
  signal: AbortSignal;
}

/** One command, one file. `run` answers the exit code. */
export interface Command {
  /** Words after `gantry`: `container run`. The first is canonical, others are aliases: `run`. */
  names: readonly string[];
  /** After the name in the usage line: `[OPTIONS] IMAGE [COMMAND] [ARG...]`. */
  usage: string;
  summary: string;
  /** More for --help: paragraphs and examples. */
  details?: string;
  flags: readonly Flag[];
  /** Fewest and most positional arguments. */
  args: readonly [number, number];
  /** Flags end at the first argument (run, exec). */
  flagsFirst?: boolean;
  completeArgs?: Flag["complete"];
  /** Not listed in help. */
  hidden?: boolean;
  /** What to use instead: said whenever the flag is used. */
  deprecated?: string;
  run(context: CommandContext): Promise<number>;
}

/** A failure with its own exit code; `message` goes to stderr as it is. */
export class CommandError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.name = "CommandError";
    this.exitCode = exitCode;
  }
}
