import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import type { UploadSource } from "../../registry/uploads.ts";
import type { Digest } from "../../spec/digest.ts";
import type { LayerChoice } from "../../spec/layer-choice.ts";
import type { ChainId, LayerStore } from "../../store/layers/layer-store.ts";
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

/** A layer's tar, compressed on the way as is chosen (gzip where nothing is); the same each time. */
export function compressedSource(
  layers: LayerStore,
  chainId: ChainId,
  { compression, level }: LayerChoice,
  onTarBytes?: (bytes: number) => void,
): CompressedSource {
  const how = {
    compression: compression === "zstd" ? "zstd" : "gzip",
    ...(level !== undefined && { level }),
  } as const;
  return new CompressedSource(layerTypeOf(how.compression), () =>
    layers.compressed(chainId, how, onTarBytes),
  );
}

/** What is compressed while it is read: its digest is known at the end. */
export class CompressedSource implements UploadSource {
  readonly mediaType: string;
  readonly #open: () => AsyncIterable<Uint8Array>;
  #hash: Hash | undefined;
  #sizeBytes = 0;

  /** `open` gives the compressed form from its beginning, the same each time. */
  constructor(mediaType: string, open: () => AsyncIterable<Uint8Array>) {
    this.mediaType = mediaType;
    this.#open = open;
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
    for await (const bytes of this.#open()) {
      hash.update(bytes);
      this.#sizeBytes += bytes.length;
      yield bytes;
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
