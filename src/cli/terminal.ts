import { createReadStream, writeSync } from "node:fs";
import type { Readable } from "node:stream";
import { errnoOf } from "../base/errors.ts";
import type { Terminal } from "./command.ts";

type TtyModule = typeof import("node:tty");

/** What a terminal needs of the kernel, handed in: this room does not reach for it. */
export interface KernelTerminal {
  passOutputAsIs(fd: number): Promise<void>;
}

/** The process's own terminal. What needs node:tty is loaded when it is asked for (3 ms). */
export class ProcessTerminal implements Terminal {
  readonly env = process.env;
  readonly #kernel: KernelTerminal;

  constructor(kernel: KernelTerminal) {
    this.#kernel = kernel;
  }

  #stdin: Readable | undefined;

  /** Read on demand, without touching the descriptor's flags, which the shell shares. */
  get stdin(): Readable {
    this.#stdin ??= openStdin();
    return this.#stdin;
  }

  /** Whether a read of stdin may still be under way: it would keep the process alive. */
  get stdinOpened(): boolean {
    return this.#stdin !== undefined;
  }

  get stdinIsTty(): boolean {
    return isTty(0);
  }

  get stdoutIsTty(): boolean {
    return isTty(1);
  }

  get stderrIsTty(): boolean {
    return isTty(2);
  }

  get columns(): number {
    return windowSize()[0];
  }

  get rows(): number {
    return windowSize()[1];
  }

  async enterRawMode(): Promise<() => void> {
    const { enterRawMode } = await import("./attach/raw-mode.ts");
    const restore = enterRawMode();
    await this.#kernel.passOutputAsIs(0);
    return restore;
  }

  out(text: string | Uint8Array): void {
    writeAll(1, text);
  }

  err(text: string | Uint8Array): void {
    writeAll(2, text);
  }
}

function openStdin(): Readable {
  return createReadStream("", { fd: 0, autoClose: false, highWaterMark: 65536 });
}

function tty(): TtyModule {
  return require("node:tty") as TtyModule;
}

function isTty(fd: number): boolean {
  return tty().isatty(fd);
}

/** Columns and rows of the first standard stream that is a terminal; zeros when none is. */
function windowSize(): [columns: number, rows: number] {
  const fd = [1, 0, 2].find(isTty);
  if (fd === undefined) return [0, 0];
  // A WriteStream of its own: process.stdout would leave O_NONBLOCK on a shared descriptor.
  const stream = new (tty().WriteStream)(fd);
  return [stream.columns ?? 0, stream.rows ?? 0];
}

const nap = new Int32Array(new SharedArrayBuffer(4));

/**
 * Writes everything, also to a non-blocking pipe that another process shares and reads slowly. A reader that is gone
 * ends the process as SIGPIPE would.
 */
export function writeAll(fd: number, data: string | Uint8Array): void {
  const bytes = typeof data === "string" ? Buffer.from(data) : data;
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(fd, bytes, written);
    } catch (error) {
      if (errnoOf(error) === "EAGAIN") Atomics.wait(nap, 0, 0, 1);
      else if (errnoOf(error) === "EPIPE") process.exit(128 + 13);
      else throw error;
    }
  }
}
