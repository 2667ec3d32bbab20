import { isIndexType } from "../../registry/media-types.ts";
import type { RegistryClient } from "../../registry/registry-client.ts";
import type { RemoteManifest } from "../../registry/manifests.ts";
import type { RemoteRepository } from "../../registry/remote-repository.ts";
import type { RegistryManifest } from "../../spec/api/image.ts";
import type { ImageIndex, ImageManifest, Platform } from "../../spec/oci-image.ts";
import { parseImageConfig, parseJsonObject } from "../image-config.ts";
import type { RemoteOptions } from "../image-service.ts";
import { nameOf, orderly } from "./describe-remote.ts";
import { readRemoteBlob } from "./remote-blob.ts";

/** More are no index that anybody looks at. */
const mostOfAnIndex = 100;

/** The manifest or index under a name, byte for byte; with `all` the manifests of an index, too, and every platform. */
export async function readManifests(
  registry: RegistryClient,
  text: string,
  { credentials, signal, all = false }: RemoteOptions & { all?: boolean },
): Promise<RegistryManifest> {
  const reference = nameOf(text);
  const repository = await registry.reader(reference, { credentials });
  const found = await repository.manifest(reference.digest ?? reference.tag ?? "latest", signal);
  if (!all) return wire(found);
  if (!isIndexType(found.mediaType)) return wire(found, await platformOf(repository, found, signal));
  const { manifests = [] } = parseJsonObject(found.bytes, "image index") as Partial<ImageIndex>;
  const members: RegistryManifest[] = [];
  for (const { digest, platform } of manifests.slice(0, mostOfAnIndex))
    members.push(wire(await repository.manifest(digest, signal), platform));
  return { ...wire(found), Manifests: members };
}

async function platformOf(
  repository: RemoteRepository,
  { bytes }: RemoteManifest,
  signal: AbortSignal | undefined,
): Promise<Platform | undefined> {
  const { config } = parseJsonObject(bytes, "image manifest") as Partial<ImageManifest>;
  return config && parseImageConfig(await readRemoteBlob(repository, config, signal));
}

function wire({ digest, mediaType, bytes }: RemoteManifest, platform?: Platform): RegistryManifest {
  return {
    Digest: digest,
    MediaType: mediaType,
    Size: bytes.length,
    ...(platform !== undefined && { Platform: orderly(platform) }),
    Raw: bytes.toString("base64"),
  };
}
