// One entry of a directory that is being copied: how it is named, and everything about it but its content.
import {
  type BigIntStats,
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  lchownSync,
  lstatSync,
  openSync,
  readlinkSync,
  symlinkSync,
} from "node:fs";
import { KernelError } from "./libc.ts";
import { descriptorPath, OpenFlag } from "./rootpath.ts";
import { deviceParts, FileKind, fileTime, makeNode, setFileTime, setOpenFileTime } from "./special-files.ts";
import { getXattr, listXattrs, type Path, setXattr } from "./xattr.ts";

const kindMask = 0o170000;
const permissionMask = 0o7777;
const socketKind = 0o140000;

/** A name in an open directory, as a path whose only changeable part is that name. */
export type Entry = { directory: number; name: Buffer };

export function pathOf({ directory, name }: Entry): Buffer {
  return Buffer.concat([Buffer.from(`${descriptorPath(directory)}/`), name]);
}

export function statusOf(entry: Entry): BigIntStats | undefined {
  return lstatSync(pathOf(entry), { bigint: true, throwIfNoEntry: false });
}

export function fstat(descriptor: number): BigIntStats {
  return fstatSync(descriptor, { bigint: true });
}

/** A symbolic link, never followed. */
export function copySymbolicLink(from: Entry, to: Entry, status: BigIntStats): void {
  symlinkSync(readlinkSync(pathOf(from), { encoding: "buffer" }), pathOf(to));
  lchownSync(pathOf(to), Number(status.uid), Number(status.gid));
  copyXattrs(pathOf(from), pathOf(to));
  setFileTime(pathOf(to), fileTime(status.mtimeNs));
}

/** Device, fifo or socket. */
export function copyNode(from: Entry, to: Entry, status: BigIntStats): void {
  const kind = Number(status.mode) & kindMask;
  const known: number[] = [...Object.values(FileKind), socketKind];
  if (!known.includes(kind))
    throw new Error(`unknown kind of file ${kind.toString(8)}: ${String(from.name)}`);
  const { major, minor } = deviceParts(status.rdev);
  makeNode(pathOf(to), kind, 0o600, major, minor);
  lchownSync(pathOf(to), Number(status.uid), Number(status.gid));
  // chmod(2) would follow a link that took the name's place; through the descriptor it cannot.
  const made = openSync(pathOf(to), OpenFlag.path | constants.O_NOFOLLOW | OpenFlag.closeOnExec);
  try {
    chmodSync(descriptorPath(made), Number(status.mode) & permissionMask);
  } finally {
    closeSync(made);
  }
  copyXattrs(pathOf(from), pathOf(to));
  setFileTime(pathOf(to), fileTime(status.mtimeNs));
}

/** Owner first: changing it clears set-id bits and file capabilities. */
export function copyFileAttributes(source: number, from: Entry, destination: number, to: Entry): void {
  const status = fstat(source);
  fchownSync(destination, Number(status.uid), Number(status.gid));
  fchmodSync(destination, Number(status.mode) & permissionMask);
  copyXattrs(pathOf(from), pathOf(to));
  setOpenFileTime(destination, fileTime(status.mtimeNs));
}

/** Both are paths that end in `/.`. */
export function copyDirectoryAttributes(from: string, to: string): void {
  const status = lstatSync(from, { bigint: true });
  lchownSync(to, Number(status.uid), Number(status.gid));
  chmodSync(to, Number(status.mode) & permissionMask);
  copyXattrs(from, to);
  setFileTime(to, fileTime(status.mtimeNs));
}

/** All but overlayfs's own marks. A file system that keeps no attributes loses them, as with cp. */
function copyXattrs(from: Path, to: Path): void {
  for (const name of listXattrs(from)) {
    const value = name.startsWith("trusted.overlay.") ? undefined : getXattr(from, name);
    if (value === undefined) continue;
    try {
      setXattr(to, name, value);
    } catch (error) {
      if (!(error instanceof KernelError) || error.code !== "EOPNOTSUPP") throw error;
    }
  }
}
