import { closeSync, constants, openSync, writeSync } from "node:fs";
import { errnoOf } from "../../base/errors.ts";
import type { TerminalSize } from "../runtime-service.ts";

/** conmon's control messages are a kind and two numbers: a new window size, of at most 1000 lines and columns, … */
const resizeKind = 1;
const maxCells = 1000;
/** … and that the log file is to be replaced by a new one. */
const reopenMessage = "2 0 0\n";
/** conmon 2.1 repeats the first of several messages it finds at once: each is given time to be read alone. */
const betweenMessagesMs = 50;

/** Tells a monitor the size of its terminal, and to begin a new log file. The last size always arrives. */
export class MonitorControl {
  readonly #fifo: string;
  #size: TerminalSize | undefined;
  #reopens = false;
  #waiting = false;

  constructor(fifo: string) {
    this.#fifo = fifo;
  }

  resize(size: TerminalSize): void {
    this.#size = size;
    if (!this.#waiting) this.#sendNext();
  }

  reopenLog(): void {
    this.#reopens = true;
    if (!this.#waiting) this.#sendNext();
  }

  #sendNext(): void {
    const message = this.#next();
    this.#waiting = message !== undefined;
    if (message === undefined) return;
    send(this.#fifo, message);
    setTimeout(() => this.#sendNext(), betweenMessagesMs).unref();
  }

  #next(): string | undefined {
    const size = this.#size;
    if (size !== undefined) {
      this.#size = undefined;
      return `${resizeKind} ${Math.min(size.height, maxCells)} ${Math.min(size.width, maxCells)}\n`;
    }
    const reopens = this.#reopens;
    this.#reopens = false;
    return reopens ? reopenMessage : undefined;
  }
}

/** A monitor that is gone is no error: the window outlives it. */
function send(fifo: string, message: string): void {
  let fd: number;
  try {
    fd = openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    const code = errnoOf(error);
    if (code === "ENOENT" || code === "ENXIO") return;
    throw error;
  }
  try {
    writeSync(fd, message);
  } finally {
    closeSync(fd);
  }
}
