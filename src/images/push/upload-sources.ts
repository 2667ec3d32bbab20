import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { createGzip } from "node:zlib";
import type { UploadSource } from "../../registry/uploads.ts";
import type { Digest } from "../../spec/digest.ts";

/** The compressed form that a layer came in: byte for byte. */
export function fileSource(path: string, digest: Digest): UploadSource {
  return {
    read: (offset) => createReadStream(path, { start: offset, highWaterMark: chunkBytes }),
    digest: () => digest,
  };
}

/** A layer's tar as it is. */
export function tarSource(open: () => Readable, diffId: Digest): UploadSource {
  return { read: (offset) => afterBytes(open(), offset), digest: () => diffId };
}

const chunkBytes = 256 * 1024;
/**
 * Part of what a pushed layer's digest is made of: changed, the same layer gets another one. Half the time of zlib's
 * default for some percent more bytes.
 */
const gzipLevel = 4;

/** A layer's tar, compressed on the way; the same tar always gives the same bytes. */
export class GzipSource implements UploadSource {
  readonly #open: () => Readable;
  readonly #onTarBytes: (bytes: number) => void;
  #hash: Hash | undefined;
  #sizeBytes = 0;

  /** `onTarBytes` is told how much of the tar has been read. */
  constructor(open: () => Readable, onTarBytes: (bytes: number) => void) {
    this.#open = open;
    this.#onTarBytes = onTarBytes;
  }

  /** Length of the compressed form, once all of it has been read. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  read(offset: number): AsyncIterable<Uint8Array> {
    return afterBytes(this.#compressed(), offset);
  }

  digest(): Digest {
    if (this.#hash === undefined) throw new Error("nothing has been read yet");
    return `sha256:${this.#hash.copy().digest("hex")}` as Digest;
  }

  async *#compressed(): AsyncGenerator<Uint8Array> {
    const hash = createHash("sha256");
    this.#hash = hash;
    this.#sizeBytes = 0;
    const tar = this.#open();
    const gzip = createGzip({ level: gzipLevel, chunkSize: chunkBytes });
    tar.on("error", (error) => gzip.destroy(error));
    let readBytes = 0;
    tar.on("data", (chunk: Buffer) => this.#onTarBytes((readBytes += chunk.length)));
    try {
      for await (const chunk of tar.pipe(gzip) as AsyncIterable<Buffer>) {
        hash.update(chunk);
        this.#sizeBytes += chunk.length;
        yield chunk;
      }
    } finally {
      tar.destroy();
      gzip.destroy();
    }
  }
}

async function* afterBytes(source: AsyncIterable<Uint8Array>, offset: number): AsyncGenerator<Uint8Array> {
  let skip = offset;
  for await (const chunk of source) {
    const taken = Math.min(skip, chunk.length);
    skip -= taken;
    if (taken < chunk.length) yield chunk.subarray(taken);
  }
}
