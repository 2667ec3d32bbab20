import { EngineError } from "../../base/errors.ts";
import {
  isForeignLayerType,
  isIndexType,
  isManifestType,
  isSchema1Type,
} from "../../registry/media-types.ts";
import type { RemoteManifest } from "../../registry/manifests.ts";
import type { RemoteRepository } from "../../registry/remote-repository.ts";
import { isDigest } from "../../spec/digest.ts";
import type {
  Descriptor,
  ImageConfigFile,
  ImageIndex,
  ImageManifest,
  Platform,
} from "../../spec/oci-image.ts";
import { formatPlatform, hostPlatform, platformMatches } from "../../spec/platform.ts";
import { referenceString, type Reference } from "../../spec/reference.ts";
import { parseImageConfig, parseJsonObject } from "../image-config.ts";
import { readRemoteBlob } from "./remote-blob.ts";

/** An image as a registry has it: everything but its layers, checked. */
export interface RemoteImage {
  /** The image's own manifest, verbatim. */
  manifest: RemoteManifest;
  configBytes: Buffer;
  config: ImageConfigFile;
  /** Base first, one for each of the configuration's diffIDs. */
  layers: Descriptor[];
}

/** Indexes in indexes: more is no image that anybody builds. */
const deepestIndex = 4;
/** As many layers as can be mounted. */
const mostLayers = 500;

/** Reads the image that `found` is, or that it has for `wanted`. */
export async function readRemoteImage(
  repository: RemoteRepository,
  found: RemoteManifest,
  reference: Reference,
  wanted: Platform | undefined,
  signal: AbortSignal | undefined,
): Promise<RemoteImage> {
  let manifest = found;
  for (let depth = 0; isIndexType(manifest.mediaType); depth += 1) {
    if (depth >= deepestIndex) throw new EngineError("invalid", "the image index is nested too deeply");
    const { digest } = chooseManifest(manifest.bytes, wanted);
    manifest = await repository.manifest(digest, signal);
  }
  if (isSchema1Type(manifest.mediaType)) throw schema1Refused(reference);
  if (!isManifestType(manifest.mediaType))
    throw new EngineError("invalid", `unsupported manifest type: ${manifest.mediaType || "(none)"}`);
  const { config: descriptor, layers } = parseManifest(manifest.bytes);
  const configBytes = await readRemoteBlob(repository, descriptor, signal);
  const config = parseImageConfig(configBytes);
  checkSystem(config);
  if (layers.length !== config.rootfs.diff_ids.length)
    throw new EngineError(
      "invalid",
      "failed to register layer: invalid number of layers in the image configuration",
    );
  return { manifest, configBytes, config, layers };
}

/** The manifest of an index that fits the platform best. Throws not-found. */
export function chooseManifest(bytes: Buffer, wanted: Platform | undefined): Descriptor {
  const { manifests } = parseJsonObject(bytes, "image index") as Partial<ImageIndex>;
  if (!Array.isArray(manifests)) throw new EngineError("invalid", "the image index has no manifests");
  const platform = wanted ?? hostPlatform();
  const candidates = manifests.map(checkDescriptor).filter((each) => !isAttestation(each));
  const fitting = candidates.filter((each) => each.platform && platformMatches(each.platform, platform));
  // Variants count upwards: the best that still runs here.
  const [best] = fitting.sort((a, b) => variantOf(b).localeCompare(variantOf(a)));
  const chosen = best ?? candidates.find((each) => each.platform === undefined);
  if (chosen === undefined)
    throw new EngineError(
      "not-found",
      `no matching manifest for ${formatPlatform(wanted ?? namedHost())} in the manifest list entries`,
    );
  return chosen;
}

function variantOf({ platform }: Descriptor): string {
  return platform?.variant ?? "";
}

/** dockerd names the variant of an arm64 machine, which is left out everywhere else. */
function namedHost(): Platform {
  const host = hostPlatform();
  return host.architecture === "arm64" ? { ...host, variant: "v8" } : host;
}

/** BuildKit puts provenance beside an image, as a manifest of its own. */
function isAttestation({ annotations, platform }: Descriptor): boolean {
  return annotations?.["vnd.docker.reference.type"] !== undefined || platform?.os === "unknown";
}

/** Configuration and layers that a manifest names, checked. Throws `invalid`. */
export function parseManifest(
  bytes: Buffer,
  isConfigType: (mediaType: string) => boolean = isImageConfig,
): { config: Descriptor; layers: Descriptor[] } {
  const manifest = parseJsonObject(bytes, "image manifest") as Partial<ImageManifest>;
  const config = checkDescriptor(manifest.config);
  if (!isConfigType(config.mediaType)) throw unsupportedType(config.mediaType, manifest.artifactType);
  if (!Array.isArray(manifest.layers)) throw new EngineError("invalid", "the image manifest has no layers");
  if (manifest.layers.length > mostLayers) throw new EngineError("invalid", "max depth exceeded");
  const layers = manifest.layers.map(checkDescriptor);
  for (const { mediaType } of layers) checkLayerType(mediaType);
  return { config, layers };
}

function isImageConfig(mediaType: string): boolean {
  return /^application\/(?:vnd\.(?:docker\.container|oci)\.image\.(?:config\.)?v1\+json|octet-stream)$/.test(
    mediaType,
  );
}

function checkLayerType(mediaType: string): void {
  const known =
    /^application\/vnd\.(?:docker\.image\.rootfs\.(?:foreign\.)?diff\.tar|oci\.image\.layer\.(?:nondistributable\.)?v1\.tar)(?:[.+](?:gzip|zstd))?$/;
  if (!known.test(mediaType) && !isForeignLayerType(mediaType)) throw unsupportedType(mediaType, undefined);
}

/** In dockerd's words, and what they mean. Charts, bills of materials and signatures stand in registries, too. */
function unsupportedType(mediaType: string, artifactType: unknown): EngineError {
  const kind = typeof artifactType === "string" && artifactType !== "" ? ` (${artifactType})` : "";
  const meaning = `this is no image, but another kind of artifact${kind}`;
  return new EngineError("invalid", `unsupported media type ${mediaType || "(none)"}: ${meaning}`);
}

function checkDescriptor(value: unknown): Descriptor {
  const { digest, size, mediaType = "" } = (value ?? {}) as Partial<Descriptor>;
  const isValid =
    typeof digest === "string" && isDigest(digest) && Number.isSafeInteger(size) && Number(size) >= 0;
  if (!isValid || typeof mediaType !== "string")
    throw new EngineError("invalid", "a descriptor of the image has no digest or size");
  return { ...(value as Descriptor), mediaType };
}

function checkSystem({ os }: ImageConfigFile): void {
  if (os === "linux" || os === "") return;
  throw new EngineError(
    "invalid",
    `image operating system ${JSON.stringify(os)} cannot be used on this platform: operating system is not supported`,
  );
}

function schema1Refused(reference: Reference): EngineError {
  return new EngineError(
    "not-implemented",
    `Docker Image Format v1 and Docker Image manifest version 2, schema 1 are not supported: ${referenceString(reference)} ` +
      "is of a form that was given up in 2019. Ask its author to push it anew, or convert it with a tool that still reads that form (skopeo copy)",
  );
}
