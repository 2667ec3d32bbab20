import type { Readable } from "node:stream";
import { decompress, type ExpansionLimit, peekCompression } from "../archive/decompress.ts";
import { type Unpacked, unpackCompressed, unpackLayer } from "./unpack.ts";

export interface UnpackOptions {
  limit: ExpansionLimit;
  signal?: AbortSignal | undefined;
  /** Told of the bytes as they come, compressed or not. */
  onBytes?: ((bytes: number) => void) | undefined;
}

/** Unpacks a layer's tar, compressed or not, into `path`. What the child can expand it expands; other forms need programs, which are not in its root. */
export async function unpackTar(
  tar: Readable,
  path: string,
  { limit, signal, onBytes }: UnpackOptions,
): Promise<Unpacked> {
  const { compression, whole } = await peekCompression(counted(tar, onBytes));
  return compression === "gzip" || compression === "zstd"
    ? await unpackCompressed(whole, path, limit, signal)
    : await unpackLayer(decompress(whole, limit), path, signal);
}

/** Leaves the source open when it is refused: it may be a request whose answer is still to be sent. */
async function* counted(source: Readable, onBytes?: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of source.iterator({ destroyOnReturn: false })) {
    const bytes = chunk as Buffer;
    onBytes?.(bytes.length);
    yield bytes;
  }
}
