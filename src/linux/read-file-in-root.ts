import { closeSync, constants, fstatSync, readSync } from "node:fs";
import { errnoOf } from "../base/errors.ts";
import { openInRoot } from "./rootpath.ts";

/** Far more than any account file; an image must not be able to fill the engine's memory. */
const maxBytes = 16 << 20;
const absent = new Set(["ENOENT", "ENOTDIR", "ELOOP", "ENXIO"]);

/** The text of a regular file below `root`; undefined where there is none. Anything else than a file reads as empty. */
export function readFileInRoot(root: string, path: string): string | undefined {
  let fd: number;
  try {
    // Non-blocking: an image may hold a FIFO under that name.
    fd = openInRoot(root, path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (absent.has(errnoOf(error) ?? "")) return undefined;
    throw error;
  }
  try {
    const status = fstatSync(fd);
    if (!status.isFile()) return "";
    const bytes = Buffer.alloc(Math.min(status.size, maxBytes));
    return bytes.toString("utf8", 0, readSync(fd, bytes, 0, bytes.length, 0));
  } finally {
    closeSync(fd);
  }
}
