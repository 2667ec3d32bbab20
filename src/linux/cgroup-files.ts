import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { errnoOf } from "../base/errors.ts";

/** More than any file of a group has; what fills it is read in the other way. */
const room = Buffer.allocUnsafe(32 * 1024);

/**
 * The files of one group, held open by who looks at it again and again: one system call a file instead of four, and
 * no walk along its path, which costs more than what is read. Names are of files, which begin with their controllers'.
 * A group can be removed while its files are open.
 */
export class GroupFiles {
  readonly #descriptors = new Map<string, number>();

  /** What the file says now; undefined when it was not opened, or its group has gone. */
  text(name: string): string | undefined {
    const descriptor = this.#descriptors.get(name);
    if (descriptor === undefined) return undefined;
    try {
      // At its beginning the kernel makes the text anew.
      const length = readSync(descriptor, room, 0, room.length, 0);
      if (length < room.length) return room.toString("latin1", 0, length);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    this.#close(name, descriptor);
    return undefined;
  }

  /** Opens and reads; undefined where there is no such file. */
  open(name: string, path: string): string | undefined {
    try {
      this.#descriptors.set(name, openSync(path, "r"));
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
    return this.text(name);
  }

  close(): void {
    for (const [name, descriptor] of this.#descriptors) this.#close(name, descriptor);
  }

  #close(name: string, descriptor: number): void {
    this.#descriptors.delete(name);
    closeSync(descriptor);
  }
}

/** Once; empty where the group, the controller or the file is not there: a group may go at any moment. */
export function groupFileText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return "";
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return ["ENOENT", "ENODEV", "EOPNOTSUPP"].includes(errnoOf(error) ?? "");
}
