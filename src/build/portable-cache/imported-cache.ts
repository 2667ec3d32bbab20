import type { LayerStack } from "../../images/pull/place-layers.ts";
import type { BlobReader } from "../../registry/remote-repository.ts";
import type { Digest } from "../../spec/digest.ts";
import type { Descriptor } from "../../spec/oci-image.ts";
import { chainIdsOf } from "../../store/layers/chain-id.ts";
import type { Snapshot } from "../ops/build-parts.ts";
import type { CacheDescription, CachedStep } from "./cache-description.ts";

/** What somebody else's build has left: known keys, and where their layers can be fetched. */
export interface CacheSource {
  description: CacheDescription;
  /** How each layer of the description is named there. */
  layers: readonly Descriptor[];
  /** Where they are fetched. */
  repository: BlobReader;
}

/** A result that is known to a cache; its layers need not be here. */
export interface ImportedStep {
  snapshot: Snapshot;
  /** Undefined for an empty file system. */
  stack?: LayerStack;
  repository: CacheSource["repository"];
}

/** One source, by the keys of its steps. */
export class ImportedCache {
  readonly #source: CacheSource;
  readonly #steps: ReadonlyMap<string, CachedStep>;

  constructor(source: CacheSource) {
    this.#source = source;
    this.#steps = new Map(source.description.steps.map((step) => [step.key, step]));
  }

  find(key: string): ImportedStep | undefined {
    const step = this.#steps.get(key);
    if (step === undefined) return undefined;
    const { repository } = this.#source;
    const created = step.createdMs === undefined ? {} : { createdMs: step.createdMs };
    if (step.chain === undefined) return { snapshot: created, repository };
    const stack = this.#stack(step.chain);
    const chainId = chainIdsOf(stack.config.rootfs.diff_ids).at(-1);
    return { snapshot: { ...created, ...(chainId !== undefined && { chainId }) }, stack, repository };
  }

  #stack(top: number): LayerStack {
    const { description, layers } = this.#source;
    const numbers: number[] = [];
    for (let at: number | undefined = top; at !== undefined; at = description.chains[at]?.parent)
      numbers.unshift(description.chains[at]?.layer ?? 0);
    return {
      layers: numbers.map((number) => layers[number] as Descriptor),
      config: {
        rootfs: { type: "layers", diff_ids: numbers.map((number) => description.layers[number] as Digest) },
      },
    };
  }
}
