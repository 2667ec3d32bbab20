import { createHash, type Hash, randomBytes } from "node:crypto";
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";

/** Files up to this size are held in memory until their hash is known: what is there already is not written again. */
const heldBytes = 256 * 1024;

/** Where the store below `root` has a content. */
export function contentPath(root: string, sha256: string): string {
  return join(root, sha256.slice(0, 2), sha256);
}

export interface Content {
  sha256: string;
  sizeBytes: number;
}

export interface StoredContent extends Content {
  changedMs: number;
  inode: number;
  /** More than one if layers have it, too: it takes no room of its own then. */
  names: number;
}

/**
 * Files of contexts by the hash of their content. A cache: not synced to the disk, so a file counts only if its size is what it was
 * said to be (a power cut leaves short files, never wrong ones under a whole name and size).
 */
export class ContentStore {
  /** What was added since somebody last looked. */
  addedBytes = 0;
  readonly root: string;
  #known: Set<string> | undefined;

  constructor(root: string) {
    this.root = root;
  }

  path(sha256: string): string {
    return contentPath(this.root, sha256);
  }

  /** Looks at the file once for each run of the engine. */
  has({ sha256, sizeBytes }: Content): boolean {
    this.#known ??= new Set();
    if (this.#known.has(sha256)) return true;
    if (statSync(this.path(sha256), { throwIfNoEntry: false })?.size !== sizeBytes) return false;
    this.#known.add(sha256);
    return true;
  }

  /** Takes the content of one file piece by piece. */
  writer(): ContentWriter {
    return new ContentWriter(this.root, (content, place) => this.#keep(content, place));
  }

  /** Every file with the time it was last changed: taken in, or given a name. */
  list(): StoredContent[] {
    return directories(this.root).flatMap((prefix) =>
      readdirSync(join(this.root, prefix)).flatMap((sha256) => {
        const found = statSync(this.path(sha256), { throwIfNoEntry: false });
        if (found === undefined) return [];
        const { size: sizeBytes, ctimeMs: changedMs, ino: inode, nlink: names } = found;
        return [{ sha256, sizeBytes, changedMs, inode, names }];
      }),
    );
  }

  delete(sha256: string): void {
    this.#known?.delete(sha256);
    rmSync(this.path(sha256), { force: true });
  }

  /** Removes what a crash left half written. */
  reconcile(): void {
    rmSync(join(this.root, unfinished), { recursive: true, force: true });
  }

  #keep(content: Content, place: (path: string) => void): void {
    if (this.has(content)) return;
    const path = this.path(content.sha256);
    mkdirSync(join(path, ".."), { recursive: true, mode: 0o700 });
    place(path);
    this.#known?.add(content.sha256);
    this.addedBytes += content.sizeBytes;
  }
}

const unfinished = "unfinished";

function directories(root: string): string[] {
  try {
    return readdirSync(root).filter((name) => name !== unfinished);
  } catch {
    return [];
  }
}

/** One file on its way in: small ones in memory, large ones in a file of their own. `discard` or `finish` ends it. */
export class ContentWriter {
  readonly #hash: Hash = createHash("sha256");
  readonly #root: string;
  readonly #keep: (content: Content, place: (path: string) => void) => void;
  #held: Buffer[] = [];
  #sizeBytes = 0;
  #file: { path: string; descriptor: number } | undefined;

  constructor(root: string, keep: (content: Content, place: (path: string) => void) => void) {
    this.#root = root;
    this.#keep = keep;
  }

  /** The bytes are only lent. `offset` leaves a hole before them. */
  write(bytes: Uint8Array, offset = this.#sizeBytes): void {
    if (offset > this.#sizeBytes) this.#zeros(offset - this.#sizeBytes);
    this.#hash.update(bytes);
    this.#append(bytes);
  }

  /** Puts it in its place; `sizeBytes` may end it with a hole. */
  finish(sizeBytes = this.#sizeBytes): Content {
    if (sizeBytes > this.#sizeBytes) this.#zeros(sizeBytes - this.#sizeBytes);
    const content = { sha256: this.#hash.digest("hex"), sizeBytes: this.#sizeBytes };
    try {
      this.#keep(content, (path) => this.#place(path));
    } finally {
      this.discard();
    }
    return content;
  }

  /** Leaves nothing; harmless after finish. */
  discard(): void {
    this.#held = [];
    if (this.#file === undefined) return;
    closeSync(this.#file.descriptor);
    rmSync(this.#file.path, { force: true });
    this.#file = undefined;
  }

  #place(path: string): void {
    const file = this.#file ?? this.#spill();
    renameSync(file.path, path);
  }

  #zeros(count: number): void {
    const block = Buffer.alloc(Math.min(count, 1 << 16));
    for (let left = count; left > 0; left -= block.length) {
      const piece = left < block.length ? block.subarray(0, left) : block;
      this.#hash.update(piece);
      this.#append(piece);
    }
  }

  #append(bytes: Uint8Array): void {
    this.#sizeBytes += bytes.length;
    if (this.#file === undefined && this.#sizeBytes <= heldBytes) {
      this.#held.push(Buffer.from(bytes));
      return;
    }
    const { descriptor } = this.#file ?? this.#spill();
    writeAll(descriptor, bytes);
  }

  #spill(): { path: string; descriptor: number } {
    const directory = join(this.#root, unfinished);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const path = join(directory, randomBytes(12).toString("hex"));
    const descriptor = openSync(path, "wx", 0o600);
    this.#file = { path, descriptor };
    if (this.#held.length > 0) writeFileSync(descriptor, Buffer.concat(this.#held));
    this.#held = [];
    return this.#file;
  }
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
}
