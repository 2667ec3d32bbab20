// The rows of the build cache in `system df -v`.
import type { BuildCache } from "../../../spec/api/image.ts";
import { formatBytes } from "../../../spec/size.ts";
import { shortId, since } from "../human.ts";
import type { RowKind } from "../rows.ts";
import { rfc3339String } from "../time-string.ts";

export const buildCacheRows: RowKind<BuildCache> = {
  typeName: "*formatter.buildCacheContext",
  headers: {
    ID: "CACHE ID",
    Parent: "PARENT",
    CacheType: "CACHE TYPE",
    Size: "SIZE",
    CreatedSince: "CREATED",
    LastUsedSince: "LAST USED",
    UsageCount: "USAGE",
    InUse: "IN USE",
    Shared: "SHARED",
    Description: "DESCRIPTION",
  },
  fields: {
    ID: ({ ID = "", InUse = false }, { truncate }) => `${truncate ? shortId(ID) : ID}${InUse ? "*" : ""}`,
    Parent: ({ Parents }, { truncate }) => {
      const parents = (Parents ?? []).join(", ");
      return truncate ? shortId(parents) : parents;
    },
    CacheType: ({ Type = "" }: { Type?: string }) => Type,
    Description: ({ Description = "" }) => Description,
    Size: ({ Size = 0 }) => formatBytes(Size, 3),
    CreatedAt: ({ CreatedAt = "" }) => rfc3339String(CreatedAt),
    CreatedSince: ({ CreatedAt = "" }) => since(Date.parse(CreatedAt) / 1000),
    LastUsedAt: ({ LastUsedAt }) => (LastUsedAt ? rfc3339String(LastUsedAt) : ""),
    LastUsedSince: ({ LastUsedAt }) => (LastUsedAt ? since(Date.parse(LastUsedAt) / 1000) : ""),
    UsageCount: ({ UsageCount = 0 }) => String(UsageCount),
    InUse: ({ InUse = false }) => String(InUse),
    Shared: ({ Shared = false }) => String(Shared),
  },
};

function used({ LastUsedAt }: BuildCache): number {
  return LastUsedAt ? Date.parse(LastUsedAt) : -Infinity;
}

/** Those never used first, then the longest unused. */
export function sortBuildCache(records: readonly BuildCache[]): BuildCache[] {
  return [...records].sort((a, b) => {
    const [left, right] = [used(a), used(b)];
    if (left !== right) return left < right ? -1 : 1;
    return (a.ID ?? "") < (b.ID ?? "") ? -1 : 1;
  });
}
