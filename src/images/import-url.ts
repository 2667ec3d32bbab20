import { Readable } from "node:stream";
import type { Digest } from "../spec/digest.ts";
import { importImage, type ImportOptions } from "./import-image.ts";
import type { ImageRoom } from "./image-room.ts";
import type { Progress } from "./image-service.ts";
import { transferProgress } from "./progress-text.ts";
import { remoteError } from "./remote-error.ts";

/** Imports what the engine itself fetches, while it comes. `place` without a scheme is asked by HTTP. */
export async function importUrl(
  room: ImageRoom,
  place: string,
  options: ImportOptions,
  progress: Progress,
): Promise<Digest> {
  const url = place.includes("://") ? place : `http://${place}`;
  const registry = await room.remote.registry();
  try {
    const { body, sizeBytes } = await registry.download(url, options.signal);
    progress({ status: `Downloading from ${url}` });
    const source = Readable.from(told(body, sizeBytes, progress), { objectMode: false });
    try {
      return await importImage(room, source, {
        ...options,
        message: options.message || `Imported from ${url}`,
      });
    } finally {
      source.destroy();
    }
  } catch (error) {
    options.signal?.throwIfAborted();
    throw remoteError(error);
  }
}

/** Between two lines about how far it is. */
const stepMs = 100;

async function* told(
  body: AsyncIterable<Uint8Array>,
  sizeBytes: number | undefined,
  progress: Progress,
): AsyncGenerator<Uint8Array> {
  let [came, toldAtMs] = [0, 0];
  for await (const chunk of body) {
    came += chunk.length;
    const now = performance.now();
    if (now - toldAtMs >= stepMs || came === sizeBytes) {
      toldAtMs = now;
      progress(transferProgress("Importing", undefined, came, sizeBytes));
    }
    yield chunk;
  }
}
