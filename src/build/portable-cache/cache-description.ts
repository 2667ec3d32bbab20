import { EngineError } from "../../base/errors.ts";
import { type Digest, isDigest } from "../../spec/digest.ts";

/** Media type of a cache's configuration; its manifest is an OCI image manifest with the layers. */
export const cacheConfigType = "application/vnd.gantry.buildcache.config.v1+json";
/** BuildKit's own, whose keys are of another kind. */
export const buildkitCacheType = "application/vnd.buildkit.cacheconfig.v0";

/**
 * The known results of a build, as they travel: keys alone, neither instructions nor arguments. A key is the digest of all that a step
 * depends on, the layers below included, so that it can be looked up without knowing where it came from.
 */
export interface CacheDescription {
  /** DiffIDs, in the order of the manifest's layers. */
  layers: Digest[];
  /** Layers in their places: numbers of `layers`, each on an earlier one of these. */
  chains: { layer: number; parent?: number }[];
  /** `chain` is absent for an empty file system. */
  steps: CachedStep[];
}

export interface CachedStep {
  key: string;
  chain?: number;
  /** When its layer was made. */
  createdMs?: number;
}

/** Far more than any build has. */
const most = 100_000;

/** Reads what somebody else wrote. Throws `invalid` for anything that is no cache of this kind. */
export function parseCacheDescription(value: unknown): CacheDescription {
  const { layers, chains, steps } = (value ?? {}) as Partial<Record<keyof CacheDescription, unknown>>;
  if (!isList(layers) || !isList(chains) || !isList(steps)) throw malformed();
  if (!layers.every((each) => typeof each === "string" && isDigest(each))) throw malformed();
  if (!chains.every((chain, index) => isChain(chain, index, layers.length))) throw malformed();
  if (!steps.every((step) => isStep(step, chains.length))) throw malformed();
  return { layers, chains, steps };
}

function isList(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.length <= most;
}

function isChain(value: unknown, index: number, layers: number): value is CacheDescription["chains"][number] {
  const { layer, parent } = (value ?? {}) as { layer?: unknown; parent?: unknown };
  return isBelow(layer, layers) && (parent === undefined || isBelow(parent, index));
}

function isStep(value: unknown, chains: number): value is CachedStep {
  const { key, chain, createdMs } = (value ?? {}) as Record<keyof CachedStep, unknown>;
  const isKey = typeof key === "string" && /^[0-9a-f]{64}$/.test(key);
  const isTime = createdMs === undefined || (typeof createdMs === "number" && Math.abs(createdMs) < 8.64e15);
  return isKey && isTime && (chain === undefined || isBelow(chain, chains));
}

function isBelow(value: unknown, end: number): boolean {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) < end;
}

function malformed(): EngineError {
  return new EngineError("invalid", "the cache's description is malformed");
}
