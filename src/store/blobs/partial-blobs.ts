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

/** Unfinished blobs by digest. They outlive the engine, so that fetching goes on where a crash broke it off. */
export interface PartialBlobs {
  /** One user at a time for a digest. */
  open(digest: Digest): PartialBlob;
  /** Removes what nobody has gone on with for `olderThanMs`, and those of `whole`: a crash left them. */
  sweep(olderThanMs: number, whole: Iterable<Digest>): void;
  bytesOnDisk(): number;
}

export function createPartialBlobs(root: string): PartialBlobs {
  mkdirSync(root, { recursive: true, mode: 0o700 });
  return {
    open(digest) {
      if (!isDigest(digest)) throw new EngineError("invalid", `invalid digest format: ${String(digest)}`);
      return new FilePartialBlob(join(root, nameOf(digest)));
    },
    sweep(olderThanMs, whole) {
      for (const digest of whole) rmSync(join(root, nameOf(digest)), { force: true });
      for (const name of readdirSync(root)) {
        const path = join(root, name);
        if (Date.now() - statSync(path).mtimeMs > olderThanMs) rmSync(path, { force: true });
      }
    },
    bytesOnDisk: () => readdirSync(root).reduce((sum, name) => sum + statSync(join(root, name)).size, 0),
  };
}

function nameOf(digest: Digest): string {
  return digest.replace(":", "-");
}

class FilePartialBlob implements PartialBlob {
  readonly path: string;
  #descriptor: number | undefined;
  #sizeBytes: number;

  constructor(path: string) {
    this.path = path;
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
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
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
