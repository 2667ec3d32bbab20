import {
  type BigIntStats,
  closeSync,
  constants,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
} from "node:fs";
import { errnoOf } from "../../base/errors.ts";
import { deviceParts, setFileTime } from "../../linux/special-files.ts";
import { getXattr, listXattrs } from "../../linux/xattr.ts";
import { type BytePath, joinPath, systemPath } from "./entry-path.ts";
import { type EntryType, type TarEntry, tarEntry } from "./tar-entry.ts";
import { encodeTarHeader, tarEnd, tarPadding } from "./tar-writer.ts";

export interface PackOptions {
  /** `overlay` turns overlayfs's own marks into `.wh.` entries; `literal` packs what is there. */
  whiteouts: "overlay" | "literal";
  /** Paths that are left out, with all below. */
  skip?: ReadonlySet<BytePath>;
  /** Later times become this one, in seconds since the epoch, in the archive and on the disk. */
  latestSeconds?: number;
}

/** Takes a file's bytes in place of the archive's stream. */
export type TakeContent = (path: BytePath, bytes: Buffer, offset: number) => void;

const opaqueMark = "trusted.overlay.opaque";
const chunkBytes = 1 << 20;

/**
 * Packs the tree below the working directory, which must be this process's root: links lead nowhere else. Always in
 * the same order and with times in seconds, as Docker's layers are: the same tree gives the same bytes.
 */
export class TreePacker {
  readonly #options: PackOptions;
  readonly #write: (bytes: Buffer) => void;
  /** First names of files that have several, by device and inode. */
  readonly #linked = new Map<string, BytePath>();
  /** The files that had several names, each once. */
  readonly named: { inode: number; sizeBytes: number }[] = [];
  #renamed: { from: BytePath; to: BytePath } | undefined;
  readonly #takeContent: TakeContent;
  readonly #chunk = Buffer.allocUnsafe(chunkBytes);

  constructor(options: PackOptions, write: (bytes: Buffer) => void, takeContent?: TakeContent) {
    this.#options = options;
    this.#write = write;
    this.#takeContent = takeContent ?? ((_path, bytes) => write(bytes));
  }

  /**
   * What `source` is, with all below it, under the name `name` instead. A link at the end of `source` is packed as
   * itself, unless `source` ends with a slash.
   */
  packAs(source: BytePath, name: BytePath): void {
    const path = source.replace(/\/+$/, "");
    this.#renamed = { from: path, to: name };
    const followed = path === "" || path !== source ? joinPath(path, ".") : path;
    const found = lstatSync(systemPath(followed), { bigint: true });
    this.#node(path, followed, found);
    this.#write(tarEnd());
  }

  /** Everything below the root, not the root itself: that belongs to who made it. */
  pack(): void {
    this.#directory("");
    this.#write(tarEnd());
  }

  #directory(path: BytePath): void {
    const names = orGone(() => readdirSync(systemPath(path), { encoding: "buffer" })) ?? [];
    for (const name of names.map((bytes) => bytes.toString("latin1")).sort()) this.#member(path, name);
  }

  #member(directory: BytePath, name: string): void {
    const path = joinPath(directory, name);
    if (this.#options.skip?.has(path) === true) return;
    const found = orGone(() => lstatSync(systemPath(path), { bigint: true }));
    if (found === undefined) return;
    if (this.#options.whiteouts === "overlay" && found.isCharacterDevice() && found.rdev === 0n)
      return this.#empty(joinPath(directory, `.wh.${name}`), found);
    this.#node(path, path, found);
  }

  /** `place` is where the node itself is: `path`, or what the link there leads to. */
  #node(path: BytePath, place: BytePath, found: BigIntStats): void {
    const type = typeOf(found);
    // Sockets mean nothing to anyone else (tar(5) has no type for them).
    if (type === undefined) return;
    const entry = orGone(() => entryOf(this.#nameOf(path), place, type, found));
    if (entry === undefined) return;
    this.#clampTime(path, entry);
    if (type === "file") return this.#file(path, entry, found);
    this.#write(encodeTarHeader(entry));
    if (type !== "directory") return;
    if (this.#options.whiteouts === "overlay" && getXattr(systemPath(path), opaqueMark)?.toString() === "y")
      this.#empty(joinPath(path, ".wh..wh..opq"), found);
    this.#directory(path);
  }

  #clampTime(path: BytePath, entry: TarEntry): void {
    const { latestSeconds = Infinity } = this.#options;
    if (entry.modified.seconds <= latestSeconds) return;
    entry.modified = { seconds: latestSeconds, nanoseconds: 0 };
    setFileTime(systemPath(path), entry.modified);
  }

  #nameOf(path: BytePath): BytePath {
    if (this.#renamed === undefined) return path;
    const { from, to } = this.#renamed;
    if (path === from) return to;
    return `${to}/${from === "" ? path : path.slice(from.length + 1)}`;
  }

  #empty(path: BytePath, like: BigIntStats): void {
    const name = Buffer.from(path, "latin1");
    const modified = { seconds: floorSeconds(like.mtimeNs), nanoseconds: 0 };
    this.#write(encodeTarHeader(tarEntry({ name, mode: 0o600, modified })));
  }

  #file(path: BytePath, entry: TarEntry, found: BigIntStats): void {
    const inode = `${found.dev}:${found.ino}`;
    const first = found.nlink > 1n ? this.#linked.get(inode) : undefined;
    if (first !== undefined) {
      const linkName = Buffer.from(first, "latin1");
      return this.#write(encodeTarHeader({ ...entry, type: "hardlink", sizeBytes: 0, linkName }));
    }
    const descriptor = orGone(() => openSync(systemPath(path), readFlags));
    if (descriptor === undefined) return;
    try {
      if (found.nlink > 1n) this.#remember(inode, path, found);
      this.#write(encodeTarHeader(entry));
      this.#content(path, descriptor, entry.sizeBytes);
      this.#write(tarPadding(entry.sizeBytes));
    } finally {
      closeSync(descriptor);
    }
  }

  #remember(inode: string, path: BytePath, { ino, size }: BigIntStats): void {
    this.#linked.set(inode, this.#nameOf(path));
    this.named.push({ inode: Number(ino), sizeBytes: Number(size) });
  }

  /** Exactly as many bytes as the header says, also of a file that shrinks or grows meanwhile. */
  #content(path: BytePath, descriptor: number, sizeBytes: number): void {
    for (let left = sizeBytes; left > 0; ) {
      const size = readSync(descriptor, this.#chunk, 0, Math.min(left, chunkBytes), null);
      if (size === 0) this.#chunk.fill(0);
      const taken = size === 0 ? Math.min(left, chunkBytes) : size;
      this.#takeContent(path, this.#chunk.subarray(0, taken), sizeBytes - left);
      left -= taken;
    }
  }
}

/** A fifo that has taken the place of a file meanwhile must not make us wait for a writer. */
const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** A live container takes files away while its tree is packed: they are left out, as dockerd does. */
function orGone<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    const code = errnoOf(error);
    if (code === "ENOENT" || code === "ENOTDIR" || code === "ELOOP") return undefined;
    throw error;
  }
}

function typeOf(found: BigIntStats): EntryType | undefined {
  if (found.isFile()) return "file";
  if (found.isDirectory()) return "directory";
  if (found.isSymbolicLink()) return "symlink";
  if (found.isCharacterDevice()) return "char";
  if (found.isBlockDevice()) return "block";
  return found.isFIFO() ? "fifo" : undefined;
}

function entryOf(name: BytePath, path: BytePath, type: EntryType, found: BigIntStats): TarEntry {
  const { major, minor } =
    type === "char" || type === "block" ? deviceParts(found.rdev) : { major: 0, minor: 0 };
  const linkName =
    type === "symlink" ? readlinkSync(systemPath(path), { encoding: "buffer" }) : Buffer.alloc(0);
  return tarEntry({
    name: Buffer.from(type === "directory" ? `${name}/` : name, "latin1"),
    type,
    mode: Number(found.mode & 0o7777n),
    uid: Number(found.uid),
    gid: Number(found.gid),
    sizeBytes: type === "file" ? Number(found.size) : 0,
    modified: { seconds: floorSeconds(found.mtimeNs), nanoseconds: 0 },
    linkName,
    deviceMajor: major,
    deviceMinor: minor,
    xattrs: xattrsOf(path),
  });
}

function floorSeconds(nanoseconds: bigint): number {
  const seconds = nanoseconds / 1_000_000_000n;
  return Number(nanoseconds < 0n && nanoseconds % 1_000_000_000n !== 0n ? seconds - 1n : seconds);
}

/** What is part of a file wherever it goes. Labels of this host's security modules and overlay's marks are not. */
function xattrsOf(path: BytePath): Map<string, Buffer> {
  const xattrs = new Map<string, Buffer>();
  for (const name of listXattrs(systemPath(path))) {
    if (!/^(?:user\.|security\.capability$|system\.posix_acl_)/.test(name)) continue;
    const value = getXattr(systemPath(path), name);
    if (value !== undefined) xattrs.set(name, value);
  }
  return xattrs;
}
