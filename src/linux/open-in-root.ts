import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { check, cstring, libc, ptr } from "./libc.ts";

// The same number on every architecture.
const openat2 = 437;
/** openat2(2): `/`, `..` and absolute links are resolved as if the directory were the root; magic links fail. */
const resolveInRoot = 0x10;
const resolveNoMagicLinks = 0x02;
const howBytes = 24;

/**
 * Opens `path` as a process chrooted into `root` would see it: no link in it leads out, whoever changes the tree
 * meanwhile. Throws a KernelError (ENOENT, ELOOP, …). The caller closes the descriptor.
 */
export function openInRoot(root: string, path: string, flags: number = constants.O_RDONLY, mode = 0): number {
  const directory = openSync(root, constants.O_DIRECTORY | constants.O_RDONLY);
  try {
    const name = cstring(path);
    const how = Buffer.alloc(howBytes);
    how.writeBigUInt64LE(BigInt(flags | 0o2000000), 0);
    how.writeBigUInt64LE(BigInt(mode), 8);
    how.writeBigUInt64LE(BigInt(resolveInRoot | resolveNoMagicLinks), 16);
    return check(libc.syscall(openat2, directory, ptr(name), ptr(how), howBytes, 0, 0), "openat2", path);
  } finally {
    closeSync(directory);
  }
}

/** mkdir -p below `root`, with the links in it resolved inside. Throws ENOTDIR where something else is in the way. */
export function makeDirectoryInRoot(root: string, path: string, mode = 0o755): void {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  let reached = "/";
  for (const part of parts) {
    const next = `${reached}${part}/`;
    if (!isDirectoryInRoot(root, next)) makeOne(root, reached, part, mode);
    reached = next;
  }
}

function isDirectoryInRoot(root: string, path: string): boolean {
  try {
    closeSync(openInRoot(root, path, constants.O_DIRECTORY | constants.O_RDONLY));
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return false;
    throw error;
  }
}

function makeOne(root: string, parent: string, name: string, mode: number): void {
  const directory = openInRoot(root, parent, constants.O_DIRECTORY | constants.O_RDONLY);
  try {
    const text = cstring(name);
    check(libc.mkdirat(directory, text, mode), "mkdirat", `${parent}${name}`);
  } finally {
    closeSync(directory);
  }
}

const maxFileBytes = 16 << 20;

/** The text of a regular file below `root`; undefined where there is none. Anything else than a file reads as empty. */
export function readFileInRoot(root: string, path: string): string | undefined {
  let fd: number;
  try {
    // Non-blocking: an image may hold a FIFO under that name.
    fd = openInRoot(root, path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "ENOENT" || code === "ENOTDIR" || code === "ELOOP" || code === "ENXIO") return undefined;
    throw error;
  }
  try {
    const status = fstatSync(fd);
    if (!status.isFile()) return "";
    const bytes = Buffer.alloc(Math.min(status.size, maxFileBytes));
    return bytes.toString("utf8", 0, readSync(fd, bytes, 0, bytes.length, 0));
  } finally {
    closeSync(fd);
  }
}
