import type { ChainId, Layer, LayerStore } from "../../store/layers/layer-store.ts";
import type { Snapshot } from "../ops/build-parts.ts";
import type { CacheDescription } from "./cache-description.ts";

/** A step whose result is to travel. */
export interface KnownStep {
  key: string;
  result: Snapshot;
}

export interface DescribedCache {
  description: CacheDescription;
  /** What has to go with it, in the order of the description's layers. */
  layers: Layer[];
}

/** Each step with the layers it stands on, the base image's included: their keys stand on them, too. */
export function describeCache(steps: readonly KnownStep[], store: LayerStore): DescribedCache {
  const places = new Places(store);
  const described = steps.map(({ key, result: { chainId, createdMs } }) => ({
    key,
    ...(chainId !== undefined && { chain: places.place(chainId) }),
    ...(createdMs !== undefined && { createdMs }),
  }));
  const { layers, chains } = places;
  return { description: { layers: layers.map(({ diffId }) => diffId), chains, steps: described }, layers };
}

class Places {
  readonly layers: Layer[] = [];
  readonly chains: CacheDescription["chains"] = [];
  readonly #store: LayerStore;
  readonly #known = new Map<ChainId, number>();

  constructor(store: LayerStore) {
    this.#store = store;
  }

  /** The number of the chain; those below it come before it. */
  place(chainId: ChainId): number {
    const known = this.#known.get(chainId);
    if (known !== undefined) return known;
    const layer = this.#store.get(chainId);
    if (layer === undefined) throw new Error(`layer ${chainId} is missing`);
    const parent = layer.parent === undefined ? undefined : this.place(layer.parent);
    const number =
      this.chains.push({ layer: this.#layer(layer), ...(parent !== undefined && { parent }) }) - 1;
    this.#known.set(chainId, number);
    return number;
  }

  /** The same changes on several bases go once. */
  #layer(layer: Layer): number {
    const known = this.layers.findIndex(({ diffId }) => diffId === layer.diffId);
    return known >= 0 ? known : this.layers.push(layer) - 1;
  }
}
