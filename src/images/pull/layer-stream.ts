import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import { EngineError } from "../../base/errors.ts";
import { faultPoint } from "../../base/fault.ts";
import { collectGarbage } from "../../linux/collect-garbage.ts";
import type { BlobReader } from "../../registry/remote-repository.ts";
import type { Descriptor } from "../../spec/oci-image.ts";
import type { PartialBlob } from "../../store/blobs/partial-blobs.ts";

/** What becomes of a layer on its way; numbers are bytes of its compressed form. */
export interface DownloadWatcher {
  downloading(currentBytes: number): void;
  retrying(delayMs: number): void;
  verifying(): void;
  complete(): void;
}

/** Content without the digest that it should have. */
export class Mismatch extends EngineError {
  readonly wasResumed: boolean;

  constructor(digest: string, wasResumed: boolean) {
    super("invalid", `filesystem layer verification failed for digest ${digest}`);
    this.wasResumed = wasResumed;
  }
}

/** After so much of a layer: without it, three at a time took 180 MB here instead of 90. */
const collectEveryBytes = 16 << 20;

/** The bytes of a layer's compressed form, from disk and then from the registry, counted, kept and summed. */
export class LayerStream {
  readonly #partial: PartialBlob;
  readonly #repository: BlobReader;
  readonly #descriptor: Descriptor;
  readonly #watcher: DownloadWatcher;
  readonly #signal: AbortSignal;
  #isOver = false;
  #uncollectedBytes = 0;

  constructor(
    partial: PartialBlob,
    repository: BlobReader,
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
