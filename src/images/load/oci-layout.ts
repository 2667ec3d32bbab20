import { EngineError } from "../../base/errors.ts";
import { isDigest } from "../../spec/digest.ts";
import type { Descriptor, ImageIndex, ImageManifest, Platform } from "../../spec/oci-image.ts";
import { formatPlatform, hostPlatform, platformMatches } from "../../spec/platform.ts";
import type { Reference } from "../../spec/reference.ts";
import { parseImageConfig, parseJsonObject } from "../image-config.ts";
import type { ArchiveContents } from "./archive-contents.ts";
import { type ArchivedImage, archiveTag, blobPath, matchLayers } from "./archived-image.ts";

const indexTypes = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
];
/** Indexes in indexes: more is no image that anybody builds. */
const deepestIndex = 4;

/**
 * The images of an OCI image layout (image spec v1.1, image-layout.md); of several platforms, the wanted one. What is
 * there for other platforms alone is left out when one was asked for, and refused when none was.
 */
export function ociLayoutImages(
  contents: ArchiveContents,
  index: Buffer,
  wanted: Platform | undefined,
): ArchivedImage[] {
  const images: ArchivedImage[] = [];
  for (const descriptor of manifestsOf(index, "index.json")) {
    if (isAttestation(descriptor)) continue;
    const image = resolve(contents, descriptor, wanted, 0);
    if (image === undefined) continue;
    const tags = tagsOf(descriptor);
    const same = images.find((known) => known.configBytes.equals(image.configBytes));
    if (same === undefined) images.push({ ...image, tags });
    else same.tags.push(...tags);
  }
  return images;
}

function resolve(
  contents: ArchiveContents,
  descriptor: Descriptor,
  wanted: Platform | undefined,
  depth: number,
): ArchivedImage | undefined {
  const bytes = document(contents, descriptor);
  if (!indexTypes.includes(descriptor.mediaType)) return manifestImage(contents, bytes);
  if (depth >= deepestIndex) throw new EngineError("invalid", "the image index is nested too deeply");
  const candidates = manifestsOf(bytes, "image index").filter((candidate) => !isAttestation(candidate));
  const platform = wanted ?? hostPlatform();
  const chosen =
    candidates.find((candidate) => candidate.platform && platformMatches(candidate.platform, platform)) ??
    candidates.find((candidate) => candidate.platform === undefined);
  if (chosen === undefined && wanted !== undefined) return undefined;
  if (chosen === undefined)
    throw new EngineError(
      "not-found",
      `the archive has no image for platform ${formatPlatform(platform)}: name one that it has by --platform`,
    );
  return resolve(contents, chosen, wanted, depth + 1);
}

function manifestImage(contents: ArchiveContents, bytes: Buffer): ArchivedImage {
  const manifest = parseJsonObject(bytes, "image manifest") as Partial<ImageManifest>;
  const configBytes = document(contents, checkDescriptor(manifest.config));
  const config = parseImageConfig(configBytes);
  if (!Array.isArray(manifest.layers)) throw new EngineError("invalid", "the image manifest has no layers");
  const descriptors = manifest.layers.map(checkDescriptor);
  for (const descriptor of descriptors) {
    const blob = contents.layer(blobPath(descriptor.digest))?.blob;
    if (blob === undefined || blob.sizeBytes !== descriptor.size) throw incomplete(descriptor);
  }
  const paths = descriptors.map((descriptor) => blobPath(descriptor.digest));
  return { configBytes, config, layers: matchLayers(contents, config, paths), tags: [], parent: undefined };
}

function manifestsOf(bytes: Buffer, what: string): Descriptor[] {
  const { manifests } = parseJsonObject(bytes, what) as Partial<ImageIndex>;
  if (!Array.isArray(manifests)) throw new EngineError("invalid", `the ${what} has no manifests`);
  return manifests.map(checkDescriptor);
}

/** The content of a document: what is named by a digest has been checked against it when it was read. */
function document(contents: ArchiveContents, descriptor: Descriptor): Buffer {
  const bytes = contents.document(blobPath(descriptor.digest));
  if (bytes === undefined || bytes.length !== descriptor.size) throw incomplete(descriptor);
  return bytes;
}

function incomplete({ digest }: Descriptor): EngineError {
  return new EngineError("invalid", `the archive has no content of the stated size for ${digest}`);
}

function checkDescriptor(value: unknown): Descriptor {
  const { digest, size, mediaType = "" } = (value ?? {}) as Partial<Descriptor>;
  if (
    typeof digest !== "string" ||
    !isDigest(digest) ||
    typeof size !== "number" ||
    typeof mediaType !== "string"
  )
    throw new EngineError("invalid", "a descriptor of the archive has no digest or size");
  return { ...(value as Descriptor), mediaType };
}

/** BuildKit puts provenance beside an image, as a manifest of its own. */
function isAttestation({ annotations, platform }: Descriptor): boolean {
  return annotations?.["vnd.docker.reference.type"] !== undefined || platform?.os === "unknown";
}

/** containerd's annotation has the whole name, OCI's often the tag alone, which names nothing. */
function tagsOf({ annotations }: Descriptor): Reference[] {
  const name =
    annotations?.["io.containerd.image.name"] ?? annotations?.["org.opencontainers.image.ref.name"];
  if (typeof name !== "string" || !/[/:]/.test(name)) return [];
  return [archiveTag(name)];
}
