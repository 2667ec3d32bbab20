import { check, cstring, errno, KernelError, libc } from "./libc.ts";

/** A path as the kernel takes it: text, or raw bytes where a name need not be UTF-8. */
export type Path = string | Uint8Array;

const ERANGE = 34;
const ENODATA = 61;
const ENOTSUP = 95;
/** XATTR_SIZE_MAX and XATTR_LIST_MAX: the kernel answers no more than this. */
const largest = 65536;
const scratch = Buffer.alloc(largest);

/** Names of the extended attributes of `path` itself (a link is not followed); empty where there can be none. */
export function listXattrs(path: Path): string[] {
  const name = pathBytes(path);
  const length = Number(libc.llistxattr(name, scratch, largest));
  if (length < 0) {
    if (errno() === ENOTSUP) return [];
    check(length, "llistxattr", String(path));
  }
  if (length <= 0) return [];
  return scratch.toString("latin1", 0, length - 1).split("\0");
}

/** The attribute's bytes, or undefined where `path` has no such attribute. */
export function getXattr(path: Path, name: string): Buffer | undefined {
  const [pathName, key] = [pathBytes(path), cstring(name)];
  const length = Number(libc.lgetxattr(pathName, key, scratch, largest));
  if (length < 0) {
    const code = errno();
    if (code === ENODATA || code === ENOTSUP) return undefined;
    if (code === ERANGE) throw new KernelError("lgetxattr", code, String(path));
    check(length, "lgetxattr", String(path));
  }
  return Buffer.from(scratch.subarray(0, length));
}

/** Sets an attribute on `path` itself. Throws KernelError (ENOTSUP and EPERM where the file system refuses). */
export function setXattr(path: Path, name: string, value: Uint8Array): void {
  const [pathName, key] = [pathBytes(path), cstring(name)];
  // An empty buffer has no address of its own; the kernel reads none of it either.
  const bytes = value.length === 0 ? Buffer.alloc(1) : value;
  check(libc.lsetxattr(pathName, key, bytes, value.length, 0), "lsetxattr", `${String(path)} ${name}`);
}

/** Removes an attribute; answers false where there was none. */
export function removeXattr(path: Path, name: string): boolean {
  const [pathName, key] = [pathBytes(path), cstring(name)];
  const result = libc.lremovexattr(pathName, key);
  if (result === 0) return true;
  if (errno() === ENODATA) return false;
  check(result, "lremovexattr", `${String(path)} ${name}`);
  return true;
}

/** A NUL-terminated copy of `path` for a system call. */
export function pathBytes(path: Path): Buffer {
  if (typeof path === "string") return cstring(path);
  if (path.includes(0)) throw new RangeError("a path holds a NUL byte");
  const bytes = Buffer.alloc(path.length + 1);
  bytes.set(path);
  return bytes;
}
