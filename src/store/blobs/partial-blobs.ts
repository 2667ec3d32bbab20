import {
  closeSync,
  createReadStream,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { diskFull, isDiskFull } from "../../base/disk-full.ts";
import { EngineError } from "../../base/errors.ts";
import { type Digest, isDigest } from "../../spec/digest.ts";

/** A blob that is being fetched, or whose fetching was broken off: what has come stays on disk, unchecked. */
export interface PartialBlob {
  readonly path: string;
  /** Bytes that are here. */
  readonly sizeBytes: number;
  /** What is here from before. */
  read(): Readable;
  append(bytes: Uint8Array): void;
  /** Begins anew: what came was not what it should have been. */
  clear(): void;
  /** Ends the use of it; the file stays. */
  close(): void;
  /** Ends the use of it, and the file with it. */
  remove(): void;
}

export interface UnusedBlob {
  digest: Digest;
  sizeBytes: number;
  /** When it was gone on with last. */
  changedMs: number;
}

/** Unfinished blobs by digest. They outlive the engine, so that fetching goes on where a crash broke it off. */
export interface PartialBlobs {
  /** One user at a time for a digest. */
  open(digest: Digest): PartialBlob;
  /** Removes what nobody has gone on with for `olderThanMs`, and those of `whole`: a crash left them. */
  sweep(olderThanMs: number, whole: Iterable<Digest>): void;
  /** Those that nobody uses, and what removing each gives back. */
  unused(): UnusedBlob[];
  /** Removes those of `digests` that nobody has begun to use meanwhile; answers the bytes given back. */
  prune(digests: Iterable<Digest>): number;
  bytesOnDisk(): number;
}

export function createPartialBlobs(root: string): PartialBlobs {
  mkdirSync(root, { recursive: true, mode: 0o700 });
  const used = new Set<Digest>();
  const unused = () =>
    readdirSync(root)
      .map((name) => unusedBlob(root, name))
      .filter(({ digest }) => !used.has(digest));
  return {
    open(digest) {
      if (!isDigest(digest)) throw new EngineError("invalid", `invalid digest format: ${String(digest)}`);
      used.add(digest);
      return new FilePartialBlob(join(root, nameOf(digest)), () => used.delete(digest));
    },
    sweep(olderThanMs, whole) {
      for (const digest of whole) rmSync(join(root, nameOf(digest)), { force: true });
      for (const name of readdirSync(root)) {
        const path = join(root, name);
        if (Date.now() - statSync(path).mtimeMs > olderThanMs) rmSync(path, { force: true });
      }
    },
    unused,
    prune(digests) {
      const going = new Set(digests);
      const blobs = unused().filter(({ digest }) => going.has(digest));
      for (const { digest } of blobs) rmSync(join(root, nameOf(digest)), { force: true });
      return blobs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    },
    bytesOnDisk: () => readdirSync(root).reduce((sum, name) => sum + statSync(join(root, name)).size, 0),
  };
}

function nameOf(digest: Digest): string {
  return digest.replace(":", "-");
}

function unusedBlob(root: string, name: string): UnusedBlob {
  const { size, nlink, mtimeMs } = statSync(join(root, name));
  // What a layer has kept of it, too, stays.
  return {
    digest: name.replace("-", ":") as Digest,
    sizeBytes: nlink > 1 ? 0 : size,
    changedMs: mtimeMs,
  };
}

class FilePartialBlob implements PartialBlob {
  readonly path: string;
  #descriptor: number | undefined;
  #sizeBytes: number;
  readonly #onClosed: () => void;

  constructor(path: string, onClosed: () => void) {
    this.path = path;
    this.#onClosed = onClosed;
    this.#descriptor = openSync(path, "a+", 0o600);
    this.#sizeBytes = statSync(path).size;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  read(): Readable {
    return createReadStream(this.path, { highWaterMark: 1 << 20 });
  }

  append(bytes: Uint8Array): void {
    const descriptor = this.#open();
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      // Whoever frees the disk must not be hindered by half a blob.
      this.clear();
      throw diskFull(error);
    }
    this.#sizeBytes += bytes.length;
  }

  clear(): void {
    ftruncateSync(this.#open(), 0);
    this.#sizeBytes = 0;
  }

  close(): void {
    if (this.#descriptor === undefined) return;
    closeSync(this.#descriptor);
    this.#descriptor = undefined;
    this.#onClosed();
  }

  remove(): void {
    this.close();
    rmSync(this.path, { force: true });
  }

  #open(): number {
    if (this.#descriptor === undefined) throw new Error(`${this.path} is closed`);
    return this.#descriptor;
  }
}
