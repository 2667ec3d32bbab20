import { EngineError } from "../../base/errors.ts";
import { parseImageConfig, parseJsonObject } from "../../images/image-config.ts";
import { chooseManifest, parseManifest } from "../../images/pull/remote-image.ts";
import { readRemoteBlob } from "../../images/pull/remote-blob.ts";
import { isIndexType } from "../../registry/media-types.ts";
import type { RemoteManifest } from "../../registry/manifests.ts";
import type { RemoteRepository } from "../../registry/remote-repository.ts";
import type { Descriptor, ImageManifest, Platform } from "../../spec/oci-image.ts";
import { buildkitCacheType, cacheConfigType, parseCacheDescription } from "./cache-description.ts";
import type { CacheSource } from "./imported-cache.ts";
import { inlineCacheOf } from "./inline-cache.ts";

/** Where a cache is read from. */
export type CacheRepository = Pick<RemoteRepository, "manifest" | "blob">;

/** Reads the cache that a manifest is: one of its own, or an image that carries one. Throws `invalid` for anything else. */
export async function readCacheManifest(
  repository: CacheRepository,
  reference: string,
  platform: Platform | undefined,
  signal: AbortSignal,
): Promise<CacheSource> {
  const manifest = await imageManifest(repository, reference, platform, signal);
  const { config } = parseJsonObject(manifest.bytes, "manifest") as Partial<ImageManifest>;
  if (config?.mediaType === buildkitCacheType) throw foreign();
  if (config?.mediaType === cacheConfigType) return await readOwn(repository, manifest, signal);
  const image = parseManifest(manifest.bytes);
  const file = parseImageConfig(await readRemoteBlob(repository, image.config, signal));
  const description = inlineCacheOf(file);
  if (description === undefined)
    throw new EngineError(
      "invalid",
      "the image carries no build cache (it is made so by --cache-to type=inline)",
    );
  return withLayers({ description, layers: image.layers, repository });
}

async function imageManifest(
  repository: CacheRepository,
  reference: string,
  platform: Platform | undefined,
  signal: AbortSignal,
): Promise<RemoteManifest> {
  const found = await repository.manifest(reference, signal);
  if (!isIndexType(found.mediaType)) return found;
  // BuildKit's older form: an index that holds layers in place of manifests.
  const { manifests = [] } = parseJsonObject(found.bytes, "index") as { manifests?: Partial<Descriptor>[] };
  if (manifests.some(({ mediaType }) => mediaType === buildkitCacheType)) throw foreign();
  return await repository.manifest(chooseManifest(found.bytes, platform).digest, signal);
}

async function readOwn(
  repository: CacheRepository,
  { bytes }: RemoteManifest,
  signal: AbortSignal,
): Promise<CacheSource> {
  const { config, layers } = parseManifest(bytes, (type) => type === cacheConfigType);
  const document = await readRemoteBlob(repository, config, signal);
  const description = parseCacheDescription(parseJsonObject(document, "cache's description"));
  return withLayers({ description, layers, repository });
}

function withLayers(source: CacheSource): CacheSource {
  if (source.layers.length === source.description.layers.length) return source;
  throw new EngineError("invalid", "the cache's manifest does not have the layers of its description");
}

function foreign(): EngineError {
  return new EngineError(
    "invalid",
    "it is a cache of BuildKit's, whose keys mean nothing here: export one by --cache-to with this engine",
  );
}
