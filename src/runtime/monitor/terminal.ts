import { closeSync, constants, openSync, writeSync } from "node:fs";
import { errnoOf } from "../../base/errors.ts";
import type { TerminalSize } from "../runtime-service.ts";

/** conmon's control message for a new window size; it takes at most 1000 lines and columns. */
const resizeMessage = 1;
const maxCells = 1000;
/** conmon 2.1 repeats the first of several messages it finds at once: each is given time to be read alone. */
const betweenMessagesMs = 50;

/** Tells a monitor the size of its terminal. The last size always arrives; some in between may be left out. */
export class TerminalControl {
  readonly #fifo: string;
  #next: TerminalSize | undefined;
  #waiting = false;

  constructor(fifo: string) {
    this.#fifo = fifo;
  }

  resize(size: TerminalSize): void {
    this.#next = size;
    if (!this.#waiting) this.#sendNext();
  }

  #sendNext(): void {
    const size = this.#next;
    this.#waiting = size !== undefined;
    if (size === undefined) return;
    this.#next = undefined;
    send(this.#fifo, size);
    setTimeout(() => this.#sendNext(), betweenMessagesMs).unref();
  }
}

/** A monitor that is gone is no error: the window outlives it. */
function send(fifo: string, { height, width }: TerminalSize): void {
  let fd: number;
  try {
    fd = openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    const code = errnoOf(error);
    if (code === "ENOENT" || code === "ENXIO") return;
    throw error;
  }
  try {
    writeSync(fd, `${resizeMessage} ${Math.min(height, maxCells)} ${Math.min(width, maxCells)}\n`);
  } finally {
    closeSync(fd);
  }
}
