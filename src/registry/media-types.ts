// Media types of the Docker image manifest v2 specification and of the OCI image specification v1.1.

export const mediaTypes = {
  dockerManifest: "application/vnd.docker.distribution.manifest.v2+json",
  dockerIndex: "application/vnd.docker.distribution.manifest.list.v2+json",
  dockerConfig: "application/vnd.docker.container.image.v1+json",
  dockerLayer: "application/vnd.docker.image.rootfs.diff.tar.gzip",
  ociManifest: "application/vnd.oci.image.manifest.v1+json",
  ociIndex: "application/vnd.oci.image.index.v1+json",
  ociConfig: "application/vnd.oci.image.config.v1+json",
} as const;

/** What is asked for when a manifest is fetched: everything that this client can read. */
export const acceptedManifests = [
  mediaTypes.ociIndex,
  mediaTypes.dockerIndex,
  mediaTypes.ociManifest,
  mediaTypes.dockerManifest,
].join(", ");

export function isIndexType(mediaType: string): boolean {
  return mediaType === mediaTypes.dockerIndex || mediaType === mediaTypes.ociIndex;
}

export function isManifestType(mediaType: string): boolean {
  return mediaType === mediaTypes.dockerManifest || mediaType === mediaTypes.ociManifest;
}

/** Schema 1: what registries kept before 2016. Its signed form has a type of its own. */
export function isSchema1Type(mediaType: string): boolean {
  return /^application\/vnd\.docker\.distribution\.manifest\.v1\+(?:json|prettyjws)$/.test(mediaType);
}

/** Layers that may not be distributed: they stand elsewhere, at the `urls` of their descriptor. */
export function isForeignLayerType(mediaType: string): boolean {
  return /\.foreign\.|\.nondistributable\./.test(mediaType);
}
