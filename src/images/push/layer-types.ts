import { closeSync, openSync, readSync } from "node:fs";
import { mediaTypes } from "../../registry/media-types.ts";
import { type Compression, compressionOf } from "../../store/archive/decompress.ts";

export const gzipLayerType: string = mediaTypes.dockerLayer;
const ociLayerType = "application/vnd.oci.image.layer.v1.tar";

/** Docker's types know gzip alone. */
export function layerTypeOf(compression: Compression): string {
  if (compression === "gzip") return gzipLayerType;
  return compression === "none" ? ociLayerType : `${ociLayerType}+${compression}`;
}

export function isGzipLayer(mediaType: string): boolean {
  return mediaType === gzipLayerType || mediaType.endsWith("+gzip");
}

export function isDockerLayerType(mediaType: string): boolean {
  return mediaType.startsWith("application/vnd.docker.");
}

/** The same layer in a manifest of OCI's. */
export function ociLayerTypeOf(mediaType: string): string {
  return mediaType === gzipLayerType ? `${ociLayerType}+gzip` : mediaType;
}

export function compressionOfFile(path: string): Compression {
  const descriptor = openSync(path, "r");
  try {
    const head = Buffer.alloc(10);
    return compressionOf(head.subarray(0, readSync(descriptor, head)));
  } finally {
    closeSync(descriptor);
  }
}
