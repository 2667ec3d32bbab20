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
  const all = [...stepUsage(parts), ...(await mountUsage(parts.mounts)), ...contextUsage(parts)];
  return all.sort((a, b) => a.createdMs - b.createdMs);
}

function stepUsage({ cache, layers }: CacheParts): CacheUsage[] {
  const users = imageLayers(layers);
  const { contentBytes } = layers.usage();
  return cache.list().map(({ snapshot: { chainId }, key: _key, ...record }) => ({
    ...record,
    sizeBytes: chainId === undefined ? 0 : (contentBytes.get(chainId) ?? record.sizeBytes),
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

function contextUsage({ contexts, layers }: CacheParts): CacheUsage[] {
  const usage = contexts.usage(layers.usage().inodes);
  const description = "files of contexts";
  const record = { id: contextsId, type: "source.local", description, parents: [], uses: 1, shared: false };
  return usage === undefined ? [] : [{ ...record, ...usage }];
}

/** What all layers, cache mounts and contexts take together, without what is kept beside layers. */
export async function cacheBytes({ layers, mounts, contexts }: CacheParts): Promise<number> {
  const { contentBytes, inodes } = layers.usage();
  const sizes = [...contentBytes.values(), contexts.usage(inodes)?.sizeBytes ?? 0];
  for (const { sizeBytes } of await mountUsage(mounts)) sizes.push(sizeBytes);
  return sizes.reduce((sum, sizeBytes) => sum + sizeBytes, 0);
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
