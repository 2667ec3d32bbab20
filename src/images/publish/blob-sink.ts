import type { Descriptor } from "../../spec/oci-image.ts";
import type { Layer } from "../../store/layers/layer-store.ts";
import type { LayerChoice } from "../../spec/layer-choice.ts";

/** Where what images are made of goes: a registry's repository, or an OCI layout. Media types are OCI's. */
export interface BlobSink {
  /** Sees to it that the layer is there; answers how a manifest names it. The caller holds the layer. */
  layer(layer: Layer, choice: LayerChoice): Promise<Descriptor>;
  /** A configuration or another small file. */
  document(mediaType: string, bytes: Buffer): Promise<Descriptor>;
  /** A manifest or index, by its digest alone; what it names is there already. */
  manifest(mediaType: string, bytes: Buffer): Promise<Descriptor>;
}

/** Of a document, in the order in which everybody writes a descriptor. */
export function descriptorOf(mediaType: string, bytes: Buffer, digest: Descriptor["digest"]): Descriptor {
  return { mediaType, digest, size: bytes.length };
}
