import { EngineError } from "../../base/errors.ts";
import { isIndexType } from "../../registry/media-types.ts";
import type { RegistryClient } from "../../registry/registry-client.ts";
import type { DistributionInspect } from "../../spec/api/image.ts";
import type { ImageIndex, ImageManifest, Platform } from "../../spec/oci-image.ts";
import { isFullId, parseReference, type Reference, withDefaultTag } from "../../spec/reference.ts";
import { parseImageConfig, parseJsonObject } from "../image-config.ts";
import type { RemoteOptions } from "../image-service.ts";
import { readRemoteBlob } from "./remote-blob.ts";

/** What a registry has under a name, without fetching it: its descriptor, and the platforms it is for. */
export async function describeRemote(
  registry: RegistryClient,
  text: string,
  { credentials, signal }: RemoteOptions,
): Promise<DistributionInspect> {
  const reference = nameOf(text);
  const repository = await registry.reader(reference, { credentials });
  const found = await repository.manifest(reference.digest ?? reference.tag ?? "latest", signal);
  const { digest, mediaType, bytes } = found;
  const Descriptor = { mediaType, digest, size: bytes.length };
  if (isIndexType(mediaType)) {
    const { manifests } = parseJsonObject(bytes, "image index") as Partial<ImageIndex>;
    const platforms = (manifests ?? []).flatMap(({ platform }) => platform ?? []);
    return { Descriptor, Platforms: platforms.map(orderly) };
  }
  const { config } = parseJsonObject(bytes, "image manifest") as Partial<ImageManifest>;
  if (config === undefined) return { Descriptor, Platforms: [] };
  const file = parseImageConfig(await readRemoteBlob(repository, config, signal));
  return { Descriptor, Platforms: file.architecture === "" && file.os === "" ? [] : [orderly(file)] };
}

/** An id is nothing that a registry knows. */
export function nameOf(text: string): Reference {
  if (isFullId(text) || /^sha256:[0-9a-f]{64}$/.test(text))
    throw new EngineError("internal", "no manifest found for full image ID");
  return withDefaultTag(parseReference(text));
}

/** In the order and with the fields that Docker writes. */
export function orderly(platform: Platform): Platform {
  const { architecture, os, variant } = platform;
  const [version, features] = [platform["os.version"], platform["os.features"]];
  return {
    architecture,
    os,
    ...(version && { "os.version": version }),
    ...(features && features.length > 0 && { "os.features": features }),
    ...(variant && { variant }),
  };
}
