import { Readable } from "node:stream";
import { EngineError, errnoOf } from "../../base/errors.ts";
import { faultPoint } from "../../base/fault.ts";
import { RegistryError } from "../../registry/registry-error.ts";
import type { BlobReader } from "../../registry/remote-repository.ts";
import type { Descriptor } from "../../spec/oci-image.ts";
import type { PartialBlob, PartialBlobs } from "../../store/blobs/partial-blobs.ts";
import type { LayerStore, StagedLayer } from "../../store/layers/layer-store.ts";
import { LooseLayer } from "../loose-layer.ts";
import { type DownloadWatcher, LayerStream, Mismatch } from "./layer-stream.ts";

export interface DownloadParts {
  layers: LayerStore;
  partials: PartialBlobs;
}

/** A layer that is here now. */
export interface DownloadedLayer {
  layer: LooseLayer;
  /** Nobody waits for it any more. With `keep` it need not be fetched again, even when its place is lost. */
  finish(keep: boolean): Promise<void>;
}

/**
 * Fetches a layer and unpacks it meanwhile. What an earlier attempt left on disk is not fetched again. Throws
 * `invalid` for content that is not what `descriptor` says, or no layer; then nothing of it stays. Where the
 * connection is lost or the signal ends it, what has come is kept for the next attempt.
 */
export async function downloadLayer(
  { layers, partials }: DownloadParts,
  repository: BlobReader,
  descriptor: Descriptor,
  watcher: DownloadWatcher,
  signal: AbortSignal,
): Promise<DownloadedLayer> {
  const partial = partials.open(descriptor.digest);
  const stream = () => new LayerStream(partial, repository, descriptor, watcher, signal);
  try {
    const staged = await stageStream(layers, stream(), signal).catch((error: unknown) => {
      if (!(error instanceof Mismatch) || !error.wasResumed) throw error;
      // What was on disk may be what is wrong.
      partial.clear();
      return stageStream(layers, stream(), signal);
    });
    faultPoint("pull:downloaded");
    return downloaded(partial, descriptor, staged);
  } catch (error) {
    if (partial.sizeBytes > 0 && isWorthKeeping(error, signal)) partial.close();
    else partial.remove();
    throw named(error);
  }
}

function downloaded(
  partial: PartialBlob,
  { digest, size }: Descriptor,
  staged: StagedLayer,
): DownloadedLayer {
  // A layer that is not compressed comes back from its files.
  const isPlain = digest === staged.diffId;
  const blob = isPlain ? undefined : { path: partial.path, digest, sizeBytes: size };
  const layer = new LooseLayer(staged, blob);
  return {
    layer,
    async finish(keep) {
      if (keep) partial.close();
      else partial.remove();
      await layer.discard();
    },
  };
}

async function stageStream(
  layers: LayerStore,
  stream: LayerStream,
  signal: AbortSignal,
): Promise<StagedLayer> {
  const source = Readable.from(stream.bytes(), { objectMode: false, highWaterMark: 1 << 20 });
  source.on("error", () => {});
  let staged: StagedLayer | undefined;
  try {
    staged = await layers.stage(source, { signal });
    await stream.verified(source);
    return staged;
  } catch (error) {
    await staged?.discard();
    // Damage on the way looks like a bad layer; its sum tells one from the other.
    if (staged === undefined && !signal.aborted) await stream.verified(source);
    throw error;
  } finally {
    source.destroy();
  }
}

/** Why a download is ended of which nothing is to be kept. */
export const unwanted = new Error("what has come is not wanted");

/** Whether the next attempt may go on with what has come. */
export function isWorthKeeping(error: unknown, signal: AbortSignal | undefined): boolean {
  if (signal?.aborted === true) return signal.reason !== unwanted;
  if (error instanceof RegistryError) return true;
  return error instanceof EngineError && (error.kind === "unavailable" || error.kind === "cancelled");
}

function named(error: unknown): unknown {
  const full = errnoOf(error) === "ENOSPC" || errnoOf(error) === "EDQUOT";
  return full ? new EngineError("internal", "no space left on device", error) : error;
}
