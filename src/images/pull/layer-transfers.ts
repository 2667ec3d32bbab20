import { KeyedMutex } from "../../base/keyed-mutex.ts";
import { Semaphore } from "../../base/semaphore.ts";
import type { BlobReader } from "../../registry/remote-repository.ts";
import type { Digest } from "../../spec/digest.ts";
import type { Descriptor } from "../../spec/oci-image.ts";
import type { LooseLayer } from "../loose-layer.ts";
import { type DownloadedLayer, downloadLayer, type DownloadParts, unwanted } from "./layer-download.ts";
import type { DownloadWatcher } from "./layer-stream.ts";

export interface TransferWatcher extends DownloadWatcher {
  /** Others are being fetched first. */
  waiting(): void;
}

/** One user's part in a transfer. Ended by `release`, whatever came of it. */
export interface Transfer {
  readonly layer: Promise<LooseLayer>;
  /** The last user's ends the transfer: a layer without a place goes; with `keep` the next may go on with what has come. */
  release(keep: boolean): Promise<void>;
}

/** Layers on their way: whoever wants one that is coming already waits for the same. */
export class LayerTransfers {
  readonly #parts: DownloadParts;
  readonly #slots: Semaphore;
  readonly #running = new Map<Digest, SharedTransfer>();
  /** One transfer of a digest has ended altogether before the next begins: both would write the same file. */
  readonly #turns = new KeyedMutex();

  constructor(parts: DownloadParts & { atOnce: () => number }) {
    this.#parts = parts;
    this.#slots = new Semaphore(parts.atOnce);
  }

  join(repository: BlobReader, descriptor: Descriptor, watcher: TransferWatcher): Transfer {
    const { digest } = descriptor;
    let shared = this.#running.get(digest);
    if (shared === undefined) {
      shared = new SharedTransfer();
      this.#running.set(digest, shared);
      void this.#turns.run(digest, () => this.#carryOut(shared as SharedTransfer, repository, descriptor));
    }
    return shared.join(watcher, () => {
      if (this.#running.get(digest) === shared) this.#running.delete(digest);
    });
  }

  /** Their layers are here: what broken attempts have left of them goes, unless another is at it. */
  forget(digests: readonly Digest[]): void {
    this.#parts.partials.prune(digests);
  }

  async #carryOut(shared: SharedTransfer, repository: BlobReader, descriptor: Descriptor): Promise<void> {
    const { signal } = shared;
    if (this.#slots.isFull) shared.watchers.waiting();
    const work = this.#slots.run(
      () => downloadLayer(this.#parts, repository, descriptor, shared.watchers, signal),
      signal,
    );
    await shared.carry(work);
  }
}

class SharedTransfer {
  readonly watchers = new Watchers();
  readonly #controller = new AbortController();
  readonly #layer = Promise.withResolvers<LooseLayer>();
  readonly #left = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<void>();
  #users = 0;

  constructor() {
    // Each user asks for itself; between two of them nobody may.
    this.#layer.promise.catch(() => {});
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  join(watcher: TransferWatcher, onLast: () => void): Transfer {
    this.#users += 1;
    this.watchers.add(watcher);
    let isHere = true;
    return {
      layer: this.#layer.promise,
      release: async (keep) => {
        if (!isHere) return;
        isHere = false;
        this.#users -= 1;
        this.watchers.delete(watcher);
        if (this.#users > 0) return;
        onLast();
        this.#controller.abort(keep ? undefined : unwanted);
        this.#left.resolve();
        await this.#ended.promise;
      },
    };
  }

  /** Hands on what `work` brings, and keeps it until the last user has gone. */
  async carry(work: Promise<DownloadedLayer>): Promise<void> {
    let downloaded: DownloadedLayer | undefined;
    try {
      downloaded = await work;
      this.#layer.resolve(downloaded.layer);
    } catch (error) {
      this.#layer.reject(error);
    }
    await this.#left.promise;
    try {
      await downloaded?.finish(this.signal.reason !== unwanted);
    } finally {
      this.#ended.resolve();
    }
  }
}

/** Everybody who watches one transfer; who comes later is told how far it is. */
class Watchers implements TransferWatcher {
  readonly #all = new Set<TransferWatcher>();
  #last: ((watcher: TransferWatcher) => void) | undefined;

  add(watcher: TransferWatcher): void {
    this.#all.add(watcher);
    this.#last?.(watcher);
  }

  delete(watcher: TransferWatcher): void {
    this.#all.delete(watcher);
  }

  waiting(): void {
    this.#tell((watcher) => watcher.waiting());
  }

  downloading(currentBytes: number): void {
    this.#tell((watcher) => watcher.downloading(currentBytes));
  }

  retrying(delayMs: number): void {
    this.#tell((watcher) => watcher.retrying(delayMs));
  }

  verifying(): void {
    this.#tell((watcher) => watcher.verifying());
  }

  complete(): void {
    this.#tell((watcher) => watcher.complete());
  }

  #tell(what: (watcher: TransferWatcher) => void): void {
    this.#last = what;
    for (const watcher of this.#all) what(watcher);
  }
}
