import { treeSize } from "../../linux/tree-size.ts";
import type { LayerStore } from "../../store/layers/layer-store.ts";
import type { CacheUsage } from "../build-service.ts";
import type { ContextStore } from "../context/context-store.ts";
import type { CacheMounts } from "../ops/mounts/cache-mounts.ts";
import type { BuildCache } from "./build-cache.ts";

export interface CacheParts {
  cache: BuildCache;
  mounts: CacheMounts;
  layers: LayerStore;
  contexts: ContextStore;
}

/** The record of what contexts left behind for those to come. */
export const contextsId = "contexts";

/** Every record of a step and every cache mount, oldest first, with who else needs it. */
export async function cacheUsage(parts: CacheParts): Promise<CacheUsage[]> {
  const all = [...stepUsage(parts), ...(await mountUsage(parts.mounts)), ...contextUsage(parts.contexts)];
  return all.sort((a, b) => a.createdMs - b.createdMs);
}

function stepUsage({ cache, layers }: CacheParts): CacheUsage[] {
  const users = imageLayers(layers);
  return cache.list().map(({ snapshot: { chainId }, key: _key, ...record }) => ({
    ...record,
    inUse: chainId !== undefined && layers.users(chainId).some((user) => user.startsWith("lease:")),
    shared: chainId !== undefined && users.has(chainId),
  }));
}

async function mountUsage(mounts: CacheMounts): Promise<CacheUsage[]> {
  return await Promise.all(
    mounts.list().map(async ({ name, id, directory, inUse, createdMs, usedMs, uses }) => ({
      id: name,
      type: "exec.cachemount",
      description: `cached mount ${id}`,
      parents: [],
      sizeBytes: await treeSize(directory),
      createdMs,
      usedMs,
      uses,
      inUse,
      shared: false,
    })),
  );
}

function contextUsage(contexts: ContextStore): CacheUsage[] {
  const usage = contexts.usage();
  const description = "files of contexts";
  const record = { id: contextsId, type: "source.local", description, parents: [], uses: 1, shared: false };
  return usage === undefined ? [] : [{ ...record, ...usage }];
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
