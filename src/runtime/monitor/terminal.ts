import { closeSync, constants, openSync, writeSync } from "node:fs";
import { errnoOf } from "../../base/errors.ts";
import type { TerminalSize } from "../runtime-service.ts";

/** conmon's control message for a new window size; it takes at most 1000 lines and columns. */
const resizeMessage = 1;
const maxCells = 1000;

/** Tells a monitor the size of its terminal. A monitor that is gone is no error: the window outlives it. */
export function resizeTerminal(control: string, { height, width }: TerminalSize): void {
  let fd: number;
  try {
    fd = openSync(control, constants.O_WRONLY | constants.O_NONBLOCK);
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
