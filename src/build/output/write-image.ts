import type { BlobSink } from "../../images/publish/blob-sink.ts";
import { mediaTypes } from "../../registry/media-types.ts";
import type { AnnotationPlace } from "../../spec/annotation.ts";
import type { Digest } from "../../spec/digest.ts";
import type { Descriptor, ImageIndex, ImageManifest, Platform } from "../../spec/oci-image.ts";
import { platformMatches } from "../../spec/platform.ts";
import type { Reference } from "../../spec/reference.ts";
import type { Layer, LayerStore } from "../../store/layers/layer-store.ts";
import { attestationManifest } from "./attestation-manifest.ts";
import type { BuiltImage } from "./built-image.ts";
import type { ImageForm } from "./output-wish.ts";

export interface WriteImageOptions {
  layers: LayerStore;
  sink: BlobSink;
  images: readonly BuiltImage[];
  form: ImageForm;
  /** By which it will be known, for attestations. */
  names: readonly Reference[];
}

/** An image of which everything is written but its own top, which gets a name, too. */
export interface WrittenImage {
  mediaType: string;
  bytes: Buffer;
  /** Of a single image. */
  configDigest?: Digest;
  /** Base first, as its manifest names them; of a single image. */
  layers: Descriptor[];
  /** For whoever names the top. */
  annotations: Record<string, string>;
}

/** A manifest for one image, an index for several, or for one with attestations. */
export async function writeImage(options: WriteImageOptions): Promise<WrittenImage> {
  const { images, form, sink } = options;
  const written = await Promise.all(images.map((image) => writeManifest(options, image)));
  const [first] = written;
  const isSingle = written.length === 1 && images.every(({ attestation }) => attestation === undefined);
  if (isSingle && first !== undefined) {
    const annotations = annotationsOf(form, "manifest-descriptor", first.platform);
    return { mediaType: mediaTypes.ociManifest, bytes: first.bytes, ...first.contents, annotations };
  }
  const manifests: Descriptor[] = [];
  const statements: Descriptor[] = [];
  for (const [at, { platform, bytes }] of written.entries()) {
    const manifest = await sink.manifest(mediaTypes.ociManifest, bytes);
    const annotations = annotationsOf(form, "manifest-descriptor", platform);
    manifests.push({ ...manifest, platform, ...(hasAny(annotations) && { annotations }) });
    const attestation = images[at]?.attestation;
    if (attestation === undefined) continue;
    const subject = { digest: manifest.digest, names: options.names, platform };
    statements.push(await attestationManifest(sink, attestation, subject));
  }
  const index: ImageIndex = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: [...manifests, ...statements],
    ...annotated(annotationsOf(form, "index")),
  };
  const [config] = written.length === 1 ? [first?.contents.configDigest] : [];
  return {
    mediaType: mediaTypes.ociIndex,
    bytes: jsonBytes(index),
    layers: [],
    ...(config !== undefined && { configDigest: config }),
    annotations: annotationsOf(form, "index-descriptor"),
  };
}

interface WrittenManifest {
  platform: Platform;
  bytes: Buffer;
  contents: { configDigest: Digest; layers: Descriptor[] };
}

async function writeManifest(
  { layers: store, sink, form }: WriteImageOptions,
  { platform, fileSystem, config }: BuiltImage,
): Promise<WrittenManifest> {
  const stack = layersOf(store, fileSystem.chainId);
  const layers = await Promise.all(stack.map((layer) => sink.layer(layer, form.choice)));
  const descriptor = await sink.document(mediaTypes.ociConfig, jsonBytes(config));
  const manifest: ImageManifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: descriptor,
    layers,
    ...annotated(annotationsOf(form, "manifest", platform)),
  };
  return { platform, bytes: jsonBytes(manifest), contents: { configDigest: descriptor.digest, layers } };
}

/** Base first. */
function layersOf(store: LayerStore, top: Layer["chainId"] | undefined): Layer[] {
  const found: Layer[] = [];
  for (let chainId = top; chainId !== undefined; ) {
    const layer = store.get(chainId);
    if (layer === undefined) throw new Error(`layer ${chainId} is missing`);
    found.unshift(layer);
    chainId = layer.parent;
  }
  return found;
}

function annotationsOf(
  { annotations }: ImageForm,
  place: AnnotationPlace,
  platform?: Platform,
): Record<string, string> {
  const own = annotations.filter(
    (each) =>
      each.places.includes(place) &&
      (each.platform === undefined || platform === undefined || platformMatches(platform, each.platform)),
  );
  return Object.fromEntries(own.map(({ key, value }) => [key, value]));
}

function annotated(annotations: Record<string, string>): { annotations?: Record<string, string> } {
  return hasAny(annotations) ? { annotations } : {};
}

function hasAny(record: object): boolean {
  return Object.keys(record).length > 0;
}

function jsonBytes(document: unknown): Buffer {
  return Buffer.from(JSON.stringify(document));
}
