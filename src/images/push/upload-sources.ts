import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { availableParallelism } from "node:os";
import type { Readable } from "node:stream";
import { promisify } from "node:util";
import { constants, gzip, type ZlibOptions, zstdCompress, type ZstdOptions } from "node:zlib";
import type { UploadSource } from "../../registry/uploads.ts";
import type { Digest } from "../../spec/digest.ts";
import type { LayerChoice } from "../../spec/layer-choice.ts";
import { layerTypeOf } from "./layer-types.ts";

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
/** Part of what a pushed layer's digest is made of, as `memberBytes` is: changed, the same layer gets another one. */
const gzipLevel = 3;

/** A layer's tar, compressed on the way; the same tar always gives the same bytes. */
export class CompressedSource implements UploadSource {
  readonly mediaType: string;
  readonly #open: () => Readable;
  readonly #compress: Compress;
  readonly #onTarBytes: (bytes: number) => void;
  #hash: Hash | undefined;
  #sizeBytes = 0;

  /** `onTarBytes` is told how much of the tar has been read. */
  constructor(
    open: () => Readable,
    { compression, level }: LayerChoice,
    onTarBytes: (bytes: number) => void = () => {},
  ) {
    const isZstd = compression === "zstd";
    this.mediaType = layerTypeOf(isZstd ? "zstd" : "gzip");
    this.#open = open;
    this.#compress = isZstd ? withZstd(level) : withGzip(level ?? gzipLevel);
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
    for await (const member of members(this.#open(), this.#compress, this.#onTarBytes)) {
      hash.update(member);
      this.#sizeBytes += member.length;
      yield member;
    }
  }
}

/** So much of a tar is compressed by itself, on whichever core is free. */
const memberBytes = 1 << 20;
const membersAhead = Math.min(availableParallelism() + 1, 8);

/**
 * A gzip file of many members (RFC 1952, 2.2) or many zstd frames (RFC 8878, 3.1), so that one layer can keep every core at
 * work. Their lengths are fixed: however the tar comes, the same bytes go.
 */
async function* members(
  tar: Readable,
  compress: Compress,
  onTarBytes: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  const ahead: Promise<Buffer>[] = [];
  let readBytes = 0;
  try {
    for await (const piece of pieces(tar)) {
      readBytes += piece.length;
      onTarBytes(readBytes);
      const member = compress(piece);
      // Asked for in its turn; a failure before that is no accident.
      member.catch(() => {});
      ahead.push(member);
      if (ahead.length >= membersAhead) yield (await ahead.shift()) as Buffer;
    }
    while (ahead.length > 0) yield (await ahead.shift()) as Buffer;
  } finally {
    tar.destroy();
  }
}

type Compress = (piece: Buffer) => Promise<Buffer>;

function withGzip(level: number): Compress {
  const compress = promisify<Buffer, ZlibOptions, Buffer>(gzip);
  return (piece) => compress(piece, { level });
}

function withZstd(level: number | undefined): Compress {
  const compress = promisify<Buffer, ZstdOptions, Buffer>(zstdCompress);
  const params = level === undefined ? {} : { [constants.ZSTD_c_compressionLevel]: level };
  return (piece) => compress(piece, { params });
}

/** Of `memberBytes` each, but the last. */
async function* pieces(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  for await (const chunk of source) {
    let rest = chunk;
    while (waitingBytes + rest.length >= memberBytes) {
      const taken = rest.subarray(0, memberBytes - waitingBytes);
      yield Buffer.concat([...waiting, taken]);
      rest = rest.subarray(taken.length);
      [waiting, waitingBytes] = [[], 0];
    }
    if (rest.length > 0) waiting.push(rest);
    waitingBytes += rest.length;
  }
  if (waitingBytes > 0) yield Buffer.concat(waiting);
}

async function* afterBytes(source: AsyncIterable<Uint8Array>, offset: number): AsyncGenerator<Uint8Array> {
  let skip = offset;
  for await (const chunk of source) {
    const taken = Math.min(skip, chunk.length);
    skip -= taken;
    if (taken < chunk.length) yield chunk.subarray(taken);
  }
}
