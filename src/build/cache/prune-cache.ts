import { EngineError } from "../../base/errors.ts";
import { parseDuration } from "../../spec/duration.ts";
import type { CacheUsage, PruneOptions } from "../build-service.ts";
import { cacheBytes, type CacheParts, cacheUsage, contextsId } from "./cache-usage.ts";

/**
 * Forgets records that no running build needs, the longest unused first: those that images share only with `all`. Answers what was
 * forgotten, and how much that freed.
 */
export async function pruneCache(
  parts: CacheParts,
  options: PruneOptions,
): Promise<{ CachesDeleted: string[]; SpaceReclaimed: number }> {
  const before = await cacheBytes(parts);
  const deleted = new Set<string>();
  // Files that several records share go with the last of them: what is left then may be more than was planned.
  do {
    const left = (await cacheUsage(parts)).filter(({ id }) => !deleted.has(id));
    const ids = new Set(prunePlan(left, options, Date.now()).map(({ id }) => id));
    if (ids.size === 0) break;
    await forget(parts, ids);
    for (const id of ids) deleted.add(id);
  } while (options.keepBytes !== undefined);
  return { CachesDeleted: [...deleted], SpaceReclaimed: before - (await cacheBytes(parts)) };
}

async function forget(parts: CacheParts, ids: ReadonlySet<string>): Promise<void> {
  await parts.cache.drop(parts.cache.list().filter(({ id }) => ids.has(id)));
  for (const { name } of parts.mounts.list()) if (ids.has(name)) parts.mounts.remove(name);
  if (ids.has(contextsId)) parts.contexts.prune();
}

/** What a prune takes, the longest unused first. Throws `invalid` for filters it does not know. */
export function prunePlan(usage: readonly CacheUsage[], options: PruneOptions, nowMs: number): CacheUsage[] {
  const fits = filterOf(options.filters, nowMs);
  const candidates = usage
    .filter((record) => !record.inUse && (options.all || !record.shared) && fits(record))
    .toSorted((a, b) => a.usedMs - b.usedMs);
  const { keepBytes } = options;
  if (keepBytes === undefined) return candidates;
  let kept = usage.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return candidates.filter(({ sizeBytes }) => {
    if (kept <= keepBytes) return false;
    kept -= sizeBytes;
    return true;
  });
}

type Fits = (record: CacheUsage) => boolean;

const known: Record<string, (value: string, nowMs: number) => Fits> = {
  until: (value, nowMs) => {
    const beforeMs = nowMs - parseDuration(value) / 1e6;
    return ({ usedMs }) => usedMs <= beforeMs;
  },
  "unused-for": (value, nowMs) => {
    const beforeMs = nowMs - parseDuration(value) / 1e6;
    return ({ usedMs }) => usedMs <= beforeMs;
  },
  id: (value) => (record) => record.id.startsWith(value),
  parent: (value) => (record) => record.parents.includes(value),
  type: (value) => (record) => record.type === value,
  description: (value) => (record) => record.description.includes(value),
  inuse: (value) => (record) => record.inUse === (value !== "false"),
  shared: (value) => (record) => record.shared === (value !== "false"),
  // Records have none.
  label: () => () => false,
  "label!": () => () => true,
  private: (value) => (record) => record.shared !== (value !== "false"),
};

function filterOf(filters: Record<string, string[]>, nowMs: number): Fits {
  const tests = Object.entries(filters).flatMap(([name, values]) => {
    const make = known[name];
    if (make === undefined) throw new EngineError("invalid", `invalid filter '${name}'`);
    return [values.map((value) => make(value, nowMs))];
  });
  return (record) => tests.every((any) => any.some((fits) => fits(record)));
}
