import type { Digest } from "../spec/digest.ts";
import { childChainId } from "../store/layers/chain-id.ts";
import type { ChainId, CommitOptions, Layer, LayerStore, StagedLayer } from "../store/layers/layer-store.ts";

/**
 * A layer that is unpacked, or known to this engine from before, and has no place in a chain yet: archives name a
 * layer's parent only at their end, and registries send layers in any order.
 */
export class LooseLayer {
  readonly diffId: Digest;
  readonly tarBytes: number;
  readonly #blob: CommitOptions["blob"];
  #staged: StagedLayer | undefined;
  /** A chain that ends in this layer, once there is one. */
  #chain: ChainId | undefined;

  /** `blob` is the file that a staged layer came from, to be kept with it. */
  constructor(from: StagedLayer | Layer, blob?: CommitOptions["blob"]) {
    this.diffId = from.diffId;
    this.tarBytes = from.tarBytes;
    this.#blob = blob;
    if ("chainId" in from) this.#chain = from.chainId;
    else this.#staged = from;
  }

  /** Makes it the child of `parent`, held by `lease`. */
  async place(layers: LayerStore, parent: ChainId | undefined, lease: string): Promise<ChainId> {
    const chainId = childChainId(parent, this.diffId);
    const options = { expected: this.diffId, user: lease };
    if (layers.get(chainId) !== undefined) layers.retain(chainId, lease);
    else if (this.#staged !== undefined) {
      // Taken before the wait: somebody else may ask for the same layer on another base meanwhile.
      const staged = this.#staged;
      this.#staged = undefined;
      this.#chain = chainId;
      await layers.commit(staged, parent, { ...options, ...(this.#blob && { blob: this.#blob }) });
    } else if (this.#chain !== undefined) {
      // The same changes on another base: unpacked again, from what is here.
      const tar = layers.tar(this.#chain);
      try {
        await layers.apply(parent, tar, options);
      } finally {
        tar.destroy();
      }
    }
    this.#chain ??= chainId;
    return chainId;
  }

  async discard(): Promise<void> {
    await this.#staged?.discard();
    this.#staged = undefined;
  }
}
