import { type BigIntStats, chmodSync, linkSync, lchownSync, lstatSync, unlinkSync } from "node:fs";
import { errnoOf } from "../../../base/errors.ts";
import { fileTime, type FileTime, setFileTime } from "../../../linux/special-files.ts";
import { type BytePath, joinPath, parentOf, systemPath } from "../../../store/archive/entry-path.ts";
import { readNamedFiles } from "../../../store/layers/shared-files.ts";
import { bytesOf } from "./tree.ts";
import { contentPath } from "../../context/content-store.ts";
import { type DeferredFile, readDeferredFiles } from "./deferred-files.ts";
import type { PlaceTask } from "./files-task.ts";
import { writeContent } from "./write-content.ts";

/** Only one of these may run at a time: a file that nobody else has a name for is made what the first comer needs. */
export function placeContents({ deferred, into, contents, below }: PlaceTask): void {
  const placer = new Placer(contents, below);
  let directory: Directory | undefined;
  for (const [path, file] of readDeferredFiles(deferred)) {
    const target = joinPath(bytesOf(into), path);
    if (directory?.path !== parentOf(target)) {
      directory?.leave();
      directory = new Directory(parentOf(target));
    }
    placer.place(target, file);
  }
  directory?.leave();
}

/** Directories have their times already: what comes into them late does not change them. */
class Directory {
  readonly path: BytePath;
  readonly #modified: FileTime;

  constructor(path: BytePath) {
    this.path = path;
    this.#modified = fileTime(lstatSync(systemPath(path), { bigint: true }).mtimeNs);
  }

  leave(): void {
    setFileTime(systemPath(this.path), this.#modified);
  }
}

class Placer {
  readonly #contents: string;
  /** Inodes that have a name in this layer or below it: with two of them what should be two files would be one. */
  readonly #taken: Set<number>;

  constructor(contents: string, below: readonly string[]) {
    this.#contents = contents;
    this.#taken = new Set(below.flatMap((list) => Array.from(readNamedFiles(list), ({ inode }) => inode)));
  }

  place(target: BytePath, file: DeferredFile): void {
    const source = contentPath(this.#contents, file.sum);
    const found = lstatSync(source, { bigint: true });
    const inode = Number(found.ino);
    if (!this.#taken.has(inode) && fits(source, found, file) && link(source, target)) {
      this.#taken.add(inode);
      return;
    }
    makePlace(target);
    writeContent(source, target, file);
  }
}

/** Mode, owner and time are the file's, whatever its name: with other names they are what those need, and cannot be changed. */
function fits(source: string, found: BigIntStats, file: DeferredFile): boolean {
  if (found.nlink === 1n) {
    lchownSync(source, file.uid, file.gid);
    chmodSync(source, file.mode);
    setFileTime(source, file.modified);
    return true;
  }
  const { seconds, nanoseconds } = fileTime(found.mtimeNs);
  return (
    Number(found.mode & 0o7777n) === file.mode &&
    Number(found.uid) === file.uid &&
    Number(found.gid) === file.gid &&
    seconds === file.modified.seconds &&
    nanoseconds === file.modified.nanoseconds
  );
}

/** False where the file system does not let it have one more name (link(2)). */
function link(source: string, target: BytePath): boolean {
  for (let again = true; ; again = false) {
    try {
      linkSync(source, systemPath(target));
      return true;
    } catch (error) {
      const code = errnoOf(error);
      if (code === "EMLINK" || code === "EXDEV" || code === "EPERM") return false;
      if (code !== "EEXIST" || !again) throw error;
      makePlace(target);
    }
  }
}

/** Takes away the mark of a deleted file (overlayfs.rst, "Whiteouts"). */
function makePlace(target: BytePath): void {
  const found = lstatSync(systemPath(target), { throwIfNoEntry: false });
  if (found?.isCharacterDevice() === true && found.rdev === 0) unlinkSync(systemPath(target));
}
