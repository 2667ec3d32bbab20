import { type ChildProcess, spawn } from "node:child_process";
import { closeSync } from "node:fs";
import type { Socket } from "node:net";
import type { Duplex, Readable } from "node:stream";
import { EngineError, errnoOf } from "../../base/errors.ts";
import { socketPair } from "../../linux/socket-pair.ts";

/** Descriptors that conmon is told of by environment variables. */
const syncFd = 3;
const startFd = 5;
const attachFd = 6;

export interface ConmonCommand {
  path: string;
  args: string[];
  /** Its working directory: conmon leaves a file `oom` there when the kernel ends a process for want of memory. */
  directory: string;
  /** Where conmon makes its console socket for a terminal. */
  temporaryDirectory: string;
  /** Waits for a word before the process starts, so that nothing of its output is lost: for exec. */
  startsOnWord?: boolean;
}

/** A message of conmon's sync pipe: a process id or exit code, or (negative) why there is none. */
export interface SyncMessage {
  data: number;
  message?: string;
}

/**
 * A running conmon. It is our child, so that its end is an event, but leads a session of its own and survives us.
 * Its messages, in order, come from `next`.
 */
export class Conmon {
  readonly child: ChildProcess;
  /** Resolves with conmon's exit code (the container's), or undefined when a signal ended it. */
  readonly exited: Promise<number | undefined>;
  readonly #sync: Socket;
  readonly #messages: SyncMessage[] = [];
  readonly #waiting: ((message: SyncMessage | undefined) => void)[] = [];
  #closed = false;
  #errors = "";

  constructor(command: ConmonCommand) {
    const { path, args, directory, temporaryDirectory, startsOnWord } = command;
    const env: NodeJS.ProcessEnv = {
      PATH: process.env.PATH,
      TMPDIR: temporaryDirectory,
      // The times in the log.
      TZ: "UTC",
      _OCI_SYNCPIPE: String(syncFd),
      ...(startsOnWord === true
        ? { _OCI_STARTPIPE: String(startFd), _OCI_ATTACHPIPE: String(attachFd) }
        : {}),
    };
    const pipes = startsOnWord === true ? (["pipe", "pipe"] as const) : [];
    // conmon gives up when nobody holds the other end of its sync pipe. It gets that end, too (and never looks at it),
    // so that a container which is being made when this process dies is made to the end.
    const { own, ownFd, peerFd } = socketPair();
    this.#sync = own;
    this.child = spawn(path, args, {
      stdio: ["ignore", "ignore", "pipe", peerFd, ownFd, ...pipes],
      env,
      cwd: directory,
      detached: true,
    });
    closeSync(peerFd);
    this.exited = this.#watchExit(path);
    // Who waits for it is told; nobody has to.
    this.exited.catch(() => undefined);
    readLines(own, (line) => this.#receive(line)).then(
      () => this.#close(),
      () => this.#close(),
    );
    this.child.stderr?.on("data", (data: Buffer) => (this.#errors += data.toString()));
    // Only a pipe's reset, when conmon dies: the exit tells.
    this.child.stderr?.on("error", () => undefined);
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** What conmon itself complained about. */
  get errors(): string {
    return this.#errors.trim();
  }

  /** The next message; undefined when conmon ended without one. */
  async next(): Promise<SyncMessage | undefined> {
    const message = this.#messages.shift();
    if (message !== undefined || this.#closed) return message;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Gives the word to go on (`startsOnWord`). */
  sendStart(): void {
    this.#pipe(startFd).write("\0");
  }

  /** Resolves once the attach socket of an exec exists; false when conmon ended first. */
  async attachReady(): Promise<boolean> {
    const pipe = this.#pipe(attachFd);
    return new Promise((resolve) => {
      pipe.once("data", () => resolve(true));
      pipe.once("close", () => resolve(false));
      pipe.once("error", () => resolve(false));
    });
  }

  /** Lets go of the pipes: conmon then holds nothing of this process but being its child. */
  release(): void {
    for (const stream of this.child.stdio) stream?.destroy();
    this.#sync.destroy();
    this.child.unref();
  }

  /** Node types only the first five. */
  #pipe(fd: number): Duplex {
    return (this.child.stdio as unknown as Duplex[])[fd] as Duplex;
  }

  #watchExit(path: string): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      this.child.once("error", (error) => {
        const missing = errnoOf(error) === "ENOENT";
        const why = missing ? "executable file not found (install the package conmon)" : error.message;
        reject(new EngineError("internal", `failed to start the monitor ${path}: ${why}`, error));
        this.#close();
      });
      this.child.once("exit", (code) => resolve(code ?? undefined));
    });
  }

  #receive(line: string): void {
    const message = parseMessage(line);
    if (message === undefined) return;
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#messages.push(message);
    else waiting(message);
  }

  #close(): void {
    this.#closed = true;
    for (const waiting of this.#waiting.splice(0)) waiting(undefined);
  }
}

async function readLines(stream: Readable, receive: (line: string) => void): Promise<void> {
  let rest = "";
  for await (const data of stream as AsyncIterable<Buffer>) {
    const lines = (rest + data.toString()).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) receive(line);
  }
}

function parseMessage(line: string): SyncMessage | undefined {
  try {
    return JSON.parse(line) as SyncMessage;
  } catch {
    return undefined;
  }
}
