import type { LayerStore } from "../../store/layers/layer-store.ts";
import type { CacheUsage } from "../build-service.ts";
import type { BuildCache } from "./build-cache.ts";

/** Every record, oldest first, with who else needs it. */
export function cacheUsage(cache: BuildCache, layers: LayerStore): CacheUsage[] {
  const users = imageLayers(layers);
  return cache.list().map((record) => {
    const { chainId } = record.snapshot;
    return {
      ...record,
      inUse: chainId !== undefined && layers.users(chainId).some((user) => user.startsWith("lease:")),
      shared: chainId !== undefined && users.has(chainId),
    };
  });
}

/** Layers that images hold, themselves or by a layer above. */
function imageLayers(layers: LayerStore): Set<string> {
  const held = new Set<string>();
  for (const { chainId } of layers.list()) {
    if (!layers.users(chainId).some((user) => user.startsWith("image:"))) continue;
    for (let next: string | undefined = chainId; next !== undefined && !held.has(next); ) {
      held.add(next);
      next = layers.get(next as typeof chainId)?.parent;
    }
  }
  return held;
}
