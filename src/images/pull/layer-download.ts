import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { EngineError, errnoOf } from "../../base/errors.ts";
import { faultPoint } from "../../base/fault.ts";
import { collectGarbage } from "../../linux/collect-garbage.ts";
import { RegistryError } from "../../registry/registry-error.ts";
import type { RemoteRepository } from "../../registry/remote-repository.ts";
import type { Descriptor } from "../../spec/oci-image.ts";
import type { PartialBlob, PartialBlobs } from "../../store/blobs/partial-blobs.ts";
import type { LayerStore, StagedLayer } from "../../store/layers/layer-store.ts";
import { LooseLayer } from "../loose-layer.ts";

/** What becomes of a layer on its way; numbers are bytes of its compressed form. */
export interface DownloadWatcher {
  downloading(currentBytes: number): void;
  retrying(delayMs: number): void;
  verifying(): void;
  complete(): void;
}

export interface DownloadParts {
  layers: LayerStore;
  partials: PartialBlobs;
}

/** A layer that is here now. */
export interface DownloadedLayer {
  layer: LooseLayer;
  /** It has its place, or nobody wants it: what was kept for going on is not needed any more. */
  finish(): Promise<void>;
}

/**
 * Fetches a layer and unpacks it meanwhile. What an earlier attempt left on disk is not fetched again. Throws
 * `invalid` for content that is not what `descriptor` says, or no layer; then nothing of it stays. Where the
 * connection is lost or the signal ends it, what has come is kept for the next attempt.
 */
export async function downloadLayer(
  { layers, partials }: DownloadParts,
  repository: RemoteRepository,
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
    if (isWorthKeeping(error, signal)) partial.close();
    else partial.remove();
    throw named(error);
  }
}

function downloaded(
  partial: PartialBlob,
  { digest, size }: Descriptor,
  staged: StagedLayer,
): DownloadedLayer {
  partial.close();
  // A layer that is not compressed comes back from its files.
  const isPlain = digest === staged.diffId;
  const blob = isPlain ? undefined : { path: partial.path, digest, sizeBytes: size };
  const layer = new LooseLayer(staged, blob);
  return {
    layer,
    async finish() {
      await layer.discard();
      partial.remove();
    },
  };
}

/** Content without the digest that it should have. */
class Mismatch extends EngineError {
  readonly wasResumed: boolean;

  constructor(digest: string, wasResumed: boolean) {
    super("invalid", `filesystem layer verification failed for digest ${digest}`);
    this.wasResumed = wasResumed;
  }
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

/** The bytes of a layer's compressed form, from disk and then from the registry, counted, kept and summed. */
class LayerStream {
  readonly #partial: PartialBlob;
  readonly #repository: RemoteRepository;
  readonly #descriptor: Descriptor;
  readonly #watcher: DownloadWatcher;
  readonly #signal: AbortSignal;
  #isOver = false;
  #uncollectedBytes = 0;

  constructor(
    partial: PartialBlob,
    repository: RemoteRepository,
    descriptor: Descriptor,
    watcher: DownloadWatcher,
    signal: AbortSignal,
  ) {
    this.#partial = partial;
    this.#repository = repository;
    this.#descriptor = descriptor;
    this.#watcher = watcher;
    this.#signal = signal;
  }

  async *bytes(): AsyncGenerator<Uint8Array> {
    try {
      yield* this.#checked();
    } finally {
      this.#isOver = true;
    }
  }

  /** Reads what unpacking had no need of, so that the sum is of everything. Throws when it is wrong. */
  async verified(source: Readable): Promise<void> {
    if (this.#isOver) return;
    for await (const _chunk of source);
  }

  async *#checked(): AsyncGenerator<Uint8Array> {
    const { digest, size } = this.#descriptor;
    const hash = createHash(digest.startsWith("sha512:") ? "sha512" : "sha256");
    if (this.#partial.sizeBytes > size) this.#partial.clear();
    const wasResumed = this.#partial.sizeBytes > 0;
    for await (const chunk of this.#all(wasResumed)) {
      hash.update(chunk);
      yield chunk;
    }
    this.#watcher.verifying();
    if (hash.digest("hex") !== digest.slice(digest.indexOf(":") + 1)) throw new Mismatch(digest, wasResumed);
    this.#watcher.complete();
  }

  #collect(bytes: number): void {
    this.#uncollectedBytes += bytes;
    if (this.#uncollectedBytes < collectEveryBytes) return;
    this.#uncollectedBytes = 0;
    collectGarbage();
  }

  async *#all(wasResumed: boolean): AsyncGenerator<Uint8Array> {
    if (wasResumed) yield* this.#partial.read() as AsyncIterable<Uint8Array>;
    const { digest, size, urls } = this.#descriptor;
    const [partial, watcher] = [this.#partial, this.#watcher];
    const request = {
      digest,
      sizeBytes: size,
      offset: partial.sizeBytes,
      ...(urls !== undefined && { urls }),
      signal: this.#signal,
      onRetry: (delayMs: number) => watcher.retrying(delayMs),
    };
    watcher.downloading(partial.sizeBytes);
    for await (const chunk of this.#repository.blob(request)) {
      partial.append(chunk);
      this.#collect(chunk.length);
      faultPoint("pull:chunk");
      watcher.downloading(partial.sizeBytes);
      yield chunk;
    }
  }
}

/** After so much of a layer: without it, three at a time took 180 MB here instead of 90. */
const collectEveryBytes = 16 << 20;

/** Whether the next attempt may go on with what has come. */
function isWorthKeeping(error: unknown, signal: AbortSignal): boolean {
  if (signal.aborted || error instanceof RegistryError) return true;
  return error instanceof EngineError && (error.kind === "unavailable" || error.kind === "cancelled");
}

function named(error: unknown): unknown {
  const full = errnoOf(error) === "ENOSPC" || errnoOf(error) === "EDQUOT";
  return full ? new EngineError("internal", "no space left on device", error) : error;
}
