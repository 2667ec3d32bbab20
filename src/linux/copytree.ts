// Copies a directory's content with all that a file system keeps of it: owners, modes, times, extended attributes,
// hard links, symbolic links, devices, fifos, sockets and holes.
import {
  type BigIntStats,
  closeSync,
  constants,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  unlinkSync,
} from "node:fs";
import { randomBytes } from "node:crypto";
import { errnoOf } from "../base/errors.ts";
import { copyContent } from "./copy-content.ts";
import {
  copyDirectoryAttributes,
  copyFileAttributes,
  copyNode,
  copySymbolicLink,
  type Entry,
  pathOf,
  statusOf,
} from "./copytree-entry.ts";
import { descriptorPath, OpenFlag, withPathInRoot } from "./rootpath.ts";

/** The temporary names of half-copied files; an interrupted copy leaves at most one in a directory. */
const temporaryPrefix = ".gantry-copy-";
const temporaryName = /^\.gantry-copy-[0-9a-f]{16}$/;
const directoryFlags = OpenFlag.path | OpenFlag.closeOnExec | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | OpenFlag.closeOnExec;
const writeFlags =
  constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW | OpenFlag.closeOnExec;

/**
 * Makes `destination`, an existing directory, a copy of the directory `source`, its own owner, mode, times and
 * attributes included. What is already there under a name stays as it is (directories are merged), and a file appears
 * whole or not at all: an interrupted copy is finished by doing it again. Both trees may change meanwhile: nothing
 * outside of them is ever read or written. Synchronous; answers how many entries it made. With `sharing`, files are not copied
 * but get a further name.
 */
export function copyTree(source: string, destination: string, sharing?: Sharing): number {
  const [from, to] = [openDirectory(source), openDirectory(destination)];
  try {
    const copier = new TreeCopier(to, sharing);
    copier.copyDirectory(from, to, []);
    return copier.made;
  } finally {
    closeSync(from);
    closeSync(to);
  }
}

/** For trees that nobody writes to. */
export interface Sharing {
  /** Inodes that are copied all the same. */
  taken: ReadonlySet<number>;
  /** Is told each file that got a further name, once. */
  shared: (file: { inode: number; sizeBytes: number }) => void;
}

class TreeCopier {
  made = 0;
  readonly #root: number;
  /** Files with several names that were copied, by inode: where in the destination. */
  readonly #linked = new Map<string, Buffer[]>();
  readonly #temporary = Buffer.from(temporaryPrefix + randomBytes(8).toString("hex"));

  readonly #sharing: Sharing | undefined;

  constructor(root: number, sharing: Sharing | undefined) {
    this.#root = root;
    this.#sharing = sharing;
  }

  /** `place` is the destination directory's path from the root of the copy, by component. */
  copyDirectory(from: number, to: number, place: Buffer[]): void {
    for (const name of namesIn(to)) {
      if (temporaryName.test(name.toString("latin1"))) unlinkSync(pathOf({ directory: to, name }));
    }
    for (const name of namesIn(from)) {
      this.#copyEntry({ directory: from, name }, { directory: to, name }, [...place, name]);
    }
    // `/.` because the calls that take care not to follow links would act on the link in /proc itself.
    copyDirectoryAttributes(`${descriptorPath(from)}/.`, `${descriptorPath(to)}/.`);
  }

  #copyEntry(from: Entry, to: Entry, place: Buffer[]): void {
    const status = statusOf(from);
    // Removed since its name was read.
    if (status === undefined) return;
    if (status.isDirectory()) return this.#copySubdirectory(from, to, place);
    const present = statusOf(to);
    if (present !== undefined && !isCutShort(status, present)) return;
    if (present !== undefined) unlinkSync(pathOf(to));
    this.made += 1;
    const inode = `${status.dev}:${status.ino}`;
    const first = status.nlink > 1n ? this.#linked.get(inode) : undefined;
    if (first !== undefined) return this.#link(first, to);
    if (status.nlink > 1n) this.#linked.set(inode, place);
    if (status.isFile() && this.#share(from, to, status)) return;
    if (status.isFile()) this.#copyFile(from, to);
    else if (status.isSymbolicLink()) copySymbolicLink(from, to, status);
    else copyNode(from, to, status);
  }

  #copySubdirectory(from: Entry, to: Entry, place: Buffer[]): void {
    if (statusOf(to) === undefined) {
      mkdirSync(pathOf(to), 0o700);
      this.made += 1;
    }
    const source = openSync(pathOf(from), directoryFlags);
    try {
      const destination = openSync(pathOf(to), directoryFlags);
      try {
        this.copyDirectory(source, destination, place);
      } finally {
        closeSync(destination);
      }
    } finally {
      closeSync(source);
    }
  }

  /** False where the file has to be copied (link(2)). */
  #share(from: Entry, to: Entry, { ino, size }: BigIntStats): boolean {
    if (this.#sharing === undefined || this.#sharing.taken.has(Number(ino))) return false;
    try {
      linkSync(pathOf(from), pathOf(to));
    } catch (error) {
      const code = errnoOf(error);
      if (code === "EMLINK" || code === "EXDEV" || code === "EPERM") return false;
      throw error;
    }
    this.#sharing.shared({ inode: Number(ino), sizeBytes: Number(size) });
    return true;
  }

  #link(first: Buffer[], to: Entry): void {
    const directory = joined(first.slice(0, -1));
    withPathInRoot(this.#root, directory, (pinned) => {
      linkSync(Buffer.concat([Buffer.from(`${pinned}/`), first.at(-1) ?? Buffer.alloc(0)]), pathOf(to));
    });
  }

  #copyFile(from: Entry, to: Entry): void {
    const source = openSync(pathOf(from), readFlags);
    const temporary = { directory: to.directory, name: this.#temporary };
    try {
      const destination = openSync(pathOf(temporary), writeFlags, 0o600);
      try {
        copyContent(source, destination);
        copyFileAttributes(source, from, destination, temporary);
      } finally {
        closeSync(destination);
      }
    } finally {
      closeSync(source);
    }
    giveName(temporary, to);
  }
}

/** Gives a finished file its name, unless somebody has taken it. */
function giveName(temporary: Entry, to: Entry): void {
  try {
    linkSync(pathOf(temporary), pathOf(to));
  } catch (error) {
    const code = errnoOf(error);
    // A file system without hard links.
    if (code === "EPERM" || code === "EOPNOTSUPP") return renameSync(pathOf(temporary), pathOf(to));
    if (code !== "EEXIST") throw error;
  }
  unlinkSync(pathOf(temporary));
}

/**
 * A copy whose bytes did not reach the disk before the power went: it has the original's time, which nobody who
 * wrote to it since would have left, but not all its bytes.
 */
function isCutShort(original: BigIntStats, copy: BigIntStats): boolean {
  return original.isFile() && copy.isFile() && copy.mtimeNs === original.mtimeNs && copy.size < original.size;
}

function openDirectory(path: string): number {
  return openSync(path, OpenFlag.path | constants.O_DIRECTORY | OpenFlag.closeOnExec);
}

function namesIn(directory: number): Buffer[] {
  return readdirSync(descriptorPath(directory), { encoding: "buffer" });
}

function joined(components: Buffer[]): Buffer {
  const parts = components.flatMap((component) => [Buffer.from("/"), component]);
  return parts.length === 0 ? Buffer.from("/") : Buffer.concat(parts);
}
