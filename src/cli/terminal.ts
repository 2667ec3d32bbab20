import type { Readable } from "node:stream";
import type { Terminal } from "./command.ts";
import { files } from "./files.ts";
import type { KernelIo } from "./kernel-io.ts";
import { writeAll } from "./write-all.ts";

type TtyModule = typeof import("node:tty");

/** The process's own terminal. What needs node:tty or node:fs is loaded when it is asked for (3 ms). */
export class ProcessTerminal implements Terminal {
  readonly env = process.env;
  readonly #kernel: KernelIo;
  readonly #stdout = new Output(1, (line) => console.log(line));
  readonly #stderr = new Output(2, (line) => console.error(line));

  constructor(kernel: KernelIo) {
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
    this.#stdout.write(text);
  }

  err(text: string | Uint8Array): void {
    this.#stderr.write(text);
  }
}

/** Up to this length a console takes a text in one piece. */
const longestLine = 65536;

/**
 * One of the standard outputs. Its first lines go out by the console, which is Bun's own and at hand; node:fs takes
 * 2 ms to load and is left to what is no line (bytes of a container, prompts) and to what follows: it alone notices
 * that the reader has gone. Both write at once, so that nothing is reordered.
 */
class Output {
  readonly #fd: number;
  readonly #print: (line: string) => void;
  #used = false;

  constructor(fd: number, print: (line: string) => void) {
    this.#fd = fd;
    this.#print = print;
  }

  write(data: string | Uint8Array): void {
    if (data.length === 0) return;
    const first = !this.#used;
    this.#used = true;
    if (first && typeof data === "string" && data.endsWith("\n") && data.length < longestLine)
      this.#print(data.slice(0, -1));
    else writeAll(data, (bytes) => files().writeSync(this.#fd, bytes));
  }
}

function openStdin(): Readable {
  const { createReadStream } = files();
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
