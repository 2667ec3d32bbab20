import type { Digest } from "../../spec/digest.ts";
import type { ChainId } from "../../store/layers/layer-store.ts";

/** An image as the plan sees it. */
export interface Evictable {
  id: Digest;
  lastUsedMs: number;
  /** Something needs it: it stays, and its layers with it. */
  needed: boolean;
  layers: readonly ChainId[];
}

export interface Eviction {
  id: Digest;
  lastUsedMs: number;
  /** What goes with it, after those before it in the plan. */
  freesBytes: number;
}

/**
 * Which images are to go so that at least `excessBytes` are freed: the least recently used that nothing needs, in that
 * order. One whose layers are all shared frees nothing and stays, unless those who share them go before it.
 */
export function planEviction(
  images: readonly Evictable[],
  layerBytes: ReadonlyMap<ChainId, number>,
  excessBytes: number,
): Eviction[] {
  const holders = new Map<ChainId, number>();
  for (const { layers } of images)
    for (const layer of layers) holders.set(layer, (holders.get(layer) ?? 0) + 1);
  const frees = ({ layers }: Evictable) =>
    layers.reduce((sum, layer) => sum + (holders.get(layer) === 1 ? (layerBytes.get(layer) ?? 0) : 0), 0);
  const left = images.filter(({ needed }) => !needed).sort((a, b) => a.lastUsedMs - b.lastUsedMs);
  const plan: Eviction[] = [];
  for (let freed = 0; freed < excessBytes; ) {
    const next = left.find((image) => frees(image) > 0);
    if (next === undefined) break;
    const freesBytes = frees(next);
    plan.push({ id: next.id, lastUsedMs: next.lastUsedMs, freesBytes });
    freed += freesBytes;
    left.splice(left.indexOf(next), 1);
    for (const layer of next.layers) holders.set(layer, (holders.get(layer) ?? 1) - 1);
  }
  return plan;
}
