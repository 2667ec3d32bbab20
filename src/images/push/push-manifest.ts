import type { Digest } from "../../spec/digest.ts";
import type { Descriptor, ImageManifest } from "../../spec/oci-image.ts";
import { isForeignLayerType, mediaTypes } from "../../registry/media-types.ts";
import type { ManifestRecord } from "../distribution-records.ts";
import type { ImageRoom } from "../image-room.ts";
import { isDockerLayerType, ociLayerTypeOf } from "./layer-types.ts";
import type { LayerForm } from "./push-layer.ts";

/** A manifest to be pushed. */
export interface ManifestDraft {
  mediaType: string;
  bytes: Buffer;
}

/** A manifest that the image came with or went out by before, with the forms its layers must have. */
export interface KnownManifest extends ManifestDraft {
  config: Descriptor;
  layers: Descriptor[];
}

/** Those whose layers can be had again as they were: pushed so, an image keeps its digest. */
export function knownManifests(room: ImageRoom, imageId: Digest): KnownManifest[] {
  return room.distribution
    .manifests(imageId)
    .map((record) => readKnown(room, record))
    .filter((manifest) => manifest.layers.length === room.config(imageId).rootfs.diff_ids.length);
}

function readKnown(room: ImageRoom, { digest, mediaType }: ManifestRecord): KnownManifest {
  const bytes = room.blobs.read(digest);
  const { config, layers } = JSON.parse(bytes.toString()) as ImageManifest;
  return { mediaType, bytes, config, layers };
}

/** Foreign layers are named by a manifest, and stay where they are. */
export function isForeign({ mediaType, urls = [] }: Descriptor): boolean {
  return isForeignLayerType(mediaType) && urls.length > 0;
}

/** Docker's own form, which every registry takes; OCI's where a layer is compressed as Docker's knows no name for. */
export function draftManifest(
  config: { digest: Digest; size: number },
  layers: readonly LayerForm[],
): ManifestDraft {
  const isDocker = layers.every(({ mediaType }) => isDockerLayerType(mediaType));
  const mediaType = isDocker ? mediaTypes.dockerManifest : mediaTypes.ociManifest;
  const manifest = {
    schemaVersion: 2,
    mediaType,
    config: { mediaType: isDocker ? mediaTypes.dockerConfig : mediaTypes.ociConfig, ...orderly(config) },
    layers: layers.map((form) => ({
      mediaType: isDocker ? form.mediaType : ociLayerTypeOf(form.mediaType),
      ...orderly({ digest: form.digest, size: form.sizeBytes }),
    })),
  };
  return { mediaType, bytes: Buffer.from(JSON.stringify(manifest, null, 3)) };
}

/** In the order in which everybody writes a descriptor. */
function orderly({ digest, size }: { digest: Digest; size: number }): { size: number; digest: Digest } {
  return { size, digest };
}
