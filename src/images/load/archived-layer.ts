import type { Digest } from "../../spec/digest.ts";
import { childChainId } from "../../store/layers/chain-id.ts";
import type { ChainId, Layer, LayerStore, StagedLayer } from "../../store/layers/layer-store.ts";

/**
 * A layer that came in an archive: unpacked already, although the archive names its parent only at its end, or known
 * to this engine from before.
 */
export class ArchivedLayer {
  readonly diffId: Digest;
  readonly tarBytes: number;
  #staged: StagedLayer | undefined;
  /** A chain that ends in this layer, once there is one. */
  #chain: ChainId | undefined;

  constructor(from: StagedLayer | Layer) {
    this.diffId = from.diffId;
    this.tarBytes = from.tarBytes;
    if ("chainId" in from) this.#chain = from.chainId;
    else this.#staged = from;
  }

  /** Makes it the child of `parent`, held by `lease`. */
  async place(layers: LayerStore, parent: ChainId | undefined, lease: string): Promise<ChainId> {
    const chainId = childChainId(parent, this.diffId);
    const exists = layers.get(chainId) !== undefined;
    if (exists) layers.retain(chainId, lease);
    else if (this.#staged !== undefined) {
      await layers.commit(this.#staged, parent, { expected: this.diffId, user: lease });
      this.#staged = undefined;
    } else if (this.#chain !== undefined) {
      // The same changes on another base: unpacked again, from what is here.
      const tar = layers.tar(this.#chain);
      try {
        await layers.apply(parent, tar, { expected: this.diffId, user: lease });
      } finally {
        tar.destroy();
      }
    }
    this.#chain ??= chainId;
    return chainId;
  }

  async discard(): Promise<void> {
    await this.#staged?.discard();
  }
}
