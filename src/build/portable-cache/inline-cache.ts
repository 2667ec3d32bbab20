import type { ImageConfigFile } from "../../spec/oci-image.ts";
import type { LayerStore } from "../../store/layers/layer-store.ts";
import { type CacheDescription, parseCacheDescription } from "./cache-description.ts";
import { describeCache, type KnownStep } from "./describe-cache.ts";

/** Where an image's configuration holds the keys of its own steps. */
const field = "gantry.buildcache.v1";

type WithCache = ImageConfigFile & { [field]?: Pick<CacheDescription, "steps"> };

/** The image with the keys of its steps. Its layers are the cache's: `chain` counts them from the base. */
export function withInlineCache(
  config: ImageConfigFile,
  steps: readonly KnownStep[],
  layers: LayerStore,
): ImageConfigFile {
  const { description } = describeCache(steps, layers);
  const depth = (chain: number): number => {
    const { parent } = description.chains[chain] as CacheDescription["chains"][number];
    return parent === undefined ? 0 : depth(parent) + 1;
  };
  const counted = description.steps.map((step) =>
    step.chain === undefined ? step : { ...step, chain: depth(step.chain) },
  );
  return { ...config, [field]: { steps: counted } } as WithCache;
}

/** The cache that an image is, undefined where it says nothing of the kind. Throws `invalid` for what is malformed. */
export function inlineCacheOf(config: ImageConfigFile): CacheDescription | undefined {
  const inline = (config as WithCache)[field];
  if (inline === undefined) return undefined;
  const layers = config.rootfs.diff_ids;
  const chains = layers.map((_, layer) => ({ layer, ...(layer > 0 && { parent: layer - 1 }) }));
  return parseCacheDescription({ layers, chains, steps: inline.steps });
}
