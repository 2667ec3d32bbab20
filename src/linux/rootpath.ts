// Paths inside a container's root file system. Whatever links it holds and however they change meanwhile, nothing here
// leaves `root`: the kernel itself resolves, as if `root` were the whole world (openat2(2), RESOLVE_IN_ROOT).
import { closeSync, constants, openSync, readlinkSync } from "node:fs";
import { posix } from "node:path";
import { check, errno, KernelError, libc, ptr } from "./libc.ts";
import { type Path, pathBytes } from "./xattr.ts";

const openat2Number = 437;
const resolveNoMagicLinks = 0x02;
const resolveInRoot = 0x10;
/** Flags that Node has no name for. */
export const OpenFlag = { path: 0o10000000, closeOnExec: 0o2000000 } as const;
const ENOENT = 2;
const EAGAIN = 11;
const EEXIST = 17;
const ELOOP = 40;
/** A rename or mount elsewhere at the wrong moment makes one attempt fail; see openat2(2), EAGAIN. */
const attempts = 128;
/** As many links as the kernel follows (path_resolution(7)). */
const mostLinks = 40;

/**
 * Opens `path` inside `root` (a directory's path or descriptor): by default a descriptor that only names it
 * (O_PATH). The caller closes it. Throws KernelError: ENOENT, ENOTDIR, ELOOP, …
 */
export function openInRoot(
  root: string | number,
  path: Path,
  flags: number = OpenFlag.path,
  mode = 0,
): number {
  if (typeof root === "number") return openat2(root, path, flags, mode);
  const descriptor = openSync(root, OpenFlag.path | constants.O_DIRECTORY);
  try {
    return openat2(descriptor, path, flags, mode);
  } finally {
    closeSync(descriptor);
  }
}

/** A path to what an open descriptor names, for calls that take paths. Good while it is open. */
export function descriptorPath(descriptor: number): string {
  return `/proc/self/fd/${descriptor}`;
}

/**
 * Calls `use` with a path that names exactly what `path` was inside `root`, whatever is moved meanwhile.
 * Not for use after it returns.
 */
export function withPathInRoot<T>(root: string | number, path: Path, use: (path: string) => T): T {
  const descriptor = openInRoot(root, path);
  try {
    return use(descriptorPath(descriptor));
  } finally {
    closeSync(descriptor);
  }
}

/** Where on the host `path` inside `root` is now, for messages and mounts whose tree nobody changes. */
export function resolvePathInRoot(root: string, path: string): string {
  return withPathInRoot(root, path, (pinned) => readlinkSync(pinned));
}

/**
 * mkdir -p inside `root`: answers an O_PATH descriptor of the last directory. Links on the way are followed inside
 * `root`, dangling ones to where they point. `created` is called with a path of each new directory.
 */
export function makeDirectoriesInRoot(
  root: string,
  path: string,
  mode = 0o755,
  created: (path: string) => void = () => undefined,
): number {
  const descriptor = openSync(root, OpenFlag.path | constants.O_DIRECTORY);
  try {
    return new DirectoryMaker(descriptor, mode, created).make(posix.join("/", path));
  } finally {
    closeSync(descriptor);
  }
}

class DirectoryMaker {
  readonly #root: number;
  readonly #mode: number;
  readonly #created: (path: string) => void;
  #links = 0;

  constructor(root: number, mode: number, created: (path: string) => void) {
    this.#root = root;
    this.#mode = mode;
    this.#created = created;
  }

  /** `path` is absolute and clean. */
  make(path: string): number {
    const present = this.#open(path);
    if (present !== undefined) return present;
    const parent = this.make(posix.dirname(path));
    try {
      return this.#makeIn(parent, posix.basename(path));
    } finally {
      closeSync(parent);
    }
  }

  #makeIn(parent: number, name: string): number {
    const bytes = pathBytes(name);
    if (libc.mkdirat(parent, bytes, this.#mode) !== 0) {
      const number = errno();
      if (number !== EEXIST) throw new KernelError("mkdirat", number, name);
      return this.#followLink(parent, name);
    }
    const flags = OpenFlag.path | OpenFlag.closeOnExec | constants.O_DIRECTORY | constants.O_NOFOLLOW;
    const made = check(libc.openat(parent, bytes, flags, 0), "openat", name);
    // The umask took its part of the mode; and what `created` does is done through the descriptor.
    this.#created(descriptorPath(made));
    return made;
  }

  /** Something is there that could not be opened a moment ago: a dangling link, or somebody was faster. */
  #followLink(parent: number, name: string): number {
    this.#links += 1;
    if (this.#links > mostLinks) throw new KernelError("mkdirat", ELOOP, name);
    let target: string;
    try {
      target = readlinkSync(`${descriptorPath(parent)}/${name}`);
    } catch {
      return openat2(parent, name, OpenFlag.path | constants.O_DIRECTORY, 0);
    }
    return this.make(posix.resolve(this.#insidePath(parent), target));
  }

  /** Only a starting point for reading a relative link: what is opened from it still cannot leave the root. */
  #insidePath(descriptor: number): string {
    const root = readlinkSync(descriptorPath(this.#root));
    const place = readlinkSync(descriptorPath(descriptor));
    return place.startsWith(root) ? posix.join("/", place.slice(root.length)) : "/";
  }

  #open(path: string): number | undefined {
    try {
      return openat2(this.#root, path, OpenFlag.path | constants.O_DIRECTORY, 0);
    } catch (error) {
      if (error instanceof KernelError && error.errno === ENOENT) return undefined;
      throw error;
    }
  }
}

/** struct open_how: flags, mode, resolve; each 64 bits. */
function openat2(directory: number, path: Path, flags: number, mode: number): number {
  const name = pathBytes(path);
  const how = Buffer.alloc(24);
  how.writeBigUInt64LE(BigInt(flags | OpenFlag.closeOnExec), 0);
  how.writeBigUInt64LE(BigInt(mode), 8);
  how.writeBigUInt64LE(BigInt(resolveInRoot | resolveNoMagicLinks), 16);
  for (let attempt = 1; ; attempt++) {
    const result = libc.syscall(openat2Number, directory, ptr(name), ptr(how), how.length, 0, 0);
    if (result >= 0) return Number(result);
    const number = errno();
    if (number !== EAGAIN || attempt === attempts) throw new KernelError("openat2", number, String(path));
  }
}
