import type { BuildService, CacheUsage } from "../build/build-service.ts";
import type { BuildCaches } from "../images/budget/storage-budget.ts";

/** Kinds of records that are no layers. */
const besideLayers = ["exec.cachemount", "source.local"];

/** The builder's caches as the storage budget counts and takes them. The builder is made after what it stands on. */
export function budgetedCaches(builds: () => Pick<BuildService, "usage" | "prune">): BuildCaches {
  return {
    async bytesBesideLayers() {
      return sum((await builds().usage()).filter(({ type }) => besideLayers.includes(type)));
    },
    async free(bytes) {
      const keepBytes = Math.max(0, sum(await builds().usage()) - bytes);
      return (await builds().prune({ all: false, filters: {}, keepBytes })).SpaceReclaimed;
    },
  };
}

function sum(records: readonly CacheUsage[]): number {
  return records.reduce((bytes, { sizeBytes }) => bytes + sizeBytes, 0);
}
