import { readFileSync, writeFileSync } from "node:fs";
import { type FileTime, setFileTime } from "../../../linux/special-files.ts";
import { getXattr } from "../../../linux/xattr.ts";
import { type BytePath, parentOf, systemPath } from "../../../store/archive/entry-path.ts";

/** A file that is to come from the content store. */
export interface DeferredFile {
  sum: string;
  mode: number;
  uid: number;
  gid: number;
  modified: FileTime;
}

/**
 * Files of a copy that need not be written: the content store has them. An overlay does not let through names of what lies outside of
 * it, so they get their places in its upper directory once it is unmounted (`place-contents.ts`).
 */
export class DeferredFiles {
  readonly #files = new Map<BytePath, DeferredFile>();
  readonly #root: string;
  /** Whether a directory takes them, by path. */
  readonly #directories = new Map<BytePath, boolean>();

  /** `root` is where the file system is mounted. */
  constructor(root: string) {
    this.#root = root;
  }

  /** A directory that was made just now. */
  made(directory: BytePath): void {
    this.#directories.set(directory, inheritsNothing(directory));
  }

  has(target: BytePath): boolean {
    return this.#files.has(target);
  }

  /** Something else is to stand there. */
  drop(target: BytePath): void {
    this.#files.delete(target);
  }

  /** False if the file has to be written now. */
  add(target: BytePath, file: DeferredFile): boolean {
    const directory = parentOf(target);
    let takes = this.#directories.get(directory);
    if (takes === undefined) {
      takes = inheritsNothing(directory);
      this.#directories.set(directory, takes);
      // Something will come into it: that brings it to the upper directory.
      if (takes) setFileTime(systemPath(directory), now());
    }
    if (takes) this.#files.set(target, file);
    return takes;
  }

  save(path: string): void {
    const lines = Array.from(this.#files, ([target, file]) => [target.slice(this.#root.length + 1), file]);
    writeFileSync(path, JSON.stringify(lines), { flag: "wx", mode: 0o600 });
  }
}

/** What `save` wrote, with paths below the root. */
export function readDeferredFiles(path: string): [path: BytePath, file: DeferredFile][] {
  return JSON.parse(readFileSync(path, "utf8")) as [BytePath, DeferredFile][];
}

/** What is made in a directory with a default list gets that list (acl(5)); a new name of a file does not. */
function inheritsNothing(directory: BytePath): boolean {
  return getXattr(systemPath(directory), "system.posix_acl_default") === undefined;
}

function now(): FileTime {
  const ms = Date.now();
  return { seconds: Math.floor(ms / 1000), nanoseconds: (ms % 1000) * 1_000_000 };
}
