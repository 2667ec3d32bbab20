import { prunePlan } from "../../build/cache/prune-cache.ts";
import type { PruneItem, PrunePreview } from "../../spec/api/prune-preview.ts";
import type { Call } from "../call.ts";

/**
 * What prunes would remove now, and how much that frees: our own, with a path of its own, so that no other engine takes
 * it for a prune. Each kind is asked for by its filters; images and volumes are told as after the containers' prune.
 */
export async function prunePreview(call: Call): Promise<void> {
  const preview = await previewOf(call);
  const items = Object.values(preview).flat();
  const body: PrunePreview = { ...preview, SpaceReclaimed: items.reduce((sum, { Size }) => sum + Size, 0) };
  call.json(200, body);
}

async function previewOf({ query, services }: Call): Promise<Omit<PrunePreview, "SpaceReclaimed">> {
  const { containers, images, volumes } = services;
  const asks = (kind: string) => query.string(kind) !== "";
  const going = asks("containers") ? await containers.planPrune(query.filters("", "containers")) : undefined;
  const gone = new Set((going ?? []).map(({ ID }) => ID));
  return {
    ...(going !== undefined && { Containers: going }),
    ...(asks("volumes") && { Volumes: await volumes.planPrune(query.filters("", "volumes"), gone) }),
    ...(asks("images") && { Images: images.planPrune(query.filters("", "images"), gone) }),
    ...(asks("builds") && {
      BuildCache: await buildCacheItems(services, query.bool("all"), query.filters("", "builds")),
    }),
  };
}

async function buildCacheItems(
  { builds }: Call["services"],
  all: boolean,
  filters: Record<string, string[]>,
): Promise<PruneItem[]> {
  return prunePlan(await builds.usage(), { all, filters }, Date.now()).map(({ id, sizeBytes, shared }) => ({
    ID: id,
    Name: "",
    Size: shared ? 0 : sizeBytes,
  }));
}
