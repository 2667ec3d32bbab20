import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { EngineError } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import type { Digest } from "../spec/digest.ts";
import { digestHex } from "../spec/digest.ts";
import type { Descriptor, ImageManifest, Platform } from "../spec/oci-image.ts";
import { formatPlatform, platformMatches } from "../spec/platform.ts";
import {
  familiarName,
  familiarString,
  fullName,
  parseReference,
  type Reference,
  referenceString,
} from "../spec/reference.ts";
import { type ArchiveMember, archiveBytes } from "./archive-bytes.ts";
import { unixSeconds } from "./created-at.ts";
import { fullId, noSuchImage, searchById } from "./find-image.ts";
import type { ImageRoom } from "./image-room.ts";

// The archive is a Docker archive (manifest.json, repositories) and an OCI image layout (oci-layout, index.json) over
// the same blobs, as dockerd 25 and later write it: old and new readers both find what they know.

const manifestType = "application/vnd.oci.image.manifest.v1+json";
const configType = "application/vnd.oci.image.config.v1+json";
const layerType = "application/vnd.oci.image.layer.v1.tar";
const indexType = "application/vnd.oci.image.index.v1+json";

export interface SaveOptions {
  platform?: Platform;
  signal?: AbortSignal;
}

/** One image of the archive with the tags that were asked for. */
export interface Chosen {
  id: Digest;
  tags: Reference[];
}

/** All errors of the request are thrown here; the stream then only fails where a disk does. */
export function saveImages(room: ImageRoom, references: readonly string[], options: SaveOptions): Readable {
  return saveChosen(room, chooseImages(room, references), options);
}

/** The same for images and names that need not be known by each other. */
export function saveChosen(room: ImageRoom, chosen: readonly Chosen[], options: SaveOptions): Readable {
  for (const { id } of chosen) checkPlatform(room, id, options.platform);
  const members = archiveMembers(room, chosen);
  const lease = `lease:${newId()}`;
  const tops = chosen.flatMap(({ id }) => room.image(id).chainId ?? []);
  for (const chainId of tops) room.layers.retain(chainId, lease);
  const stream = Readable.from(archiveBytes(room, members), {
    objectMode: false,
    ...(options.signal && { signal: options.signal }),
  });
  // The images may be removed while they are read: their layers stay until the stream is over.
  stream.once("close", () => {
    void Promise.allSettled(tops.map((chainId) => room.layers.release(chainId, lease)));
  });
  for (const { id } of chosen) room.publish("save", id);
  return stream;
}

function chooseImages(room: ImageRoom, references: readonly string[]): Chosen[] {
  const chosen = new Map<Digest, Reference[]>();
  const add = (id: Digest, tag?: Reference) => {
    const tags = chosen.get(id) ?? [];
    const text = tag && referenceString(tag);
    if (tag !== undefined && tags.every((known) => referenceString(known) !== text)) tags.push(tag);
    chosen.set(id, tags);
  };
  for (const text of references) {
    const id = fullId(text);
    if (id !== undefined) {
      if (room.records.get(id) === undefined) throw noSuchImage(id);
      add(id);
    } else addNamed(room, text, add);
  }
  return [...chosen].map(([id, tags]) => ({ id, tags }));
}

/** A bare repository name means all of its tags. */
function addNamed(room: ImageRoom, text: string, add: (id: Digest, tag?: Reference) => void): void {
  const reference = parseReference(text);
  if (reference.tag !== undefined || reference.digest !== undefined) {
    const id = room.records.lookup(reference) ?? searchById(room, text);
    if (id === undefined) throw new EngineError("not-found", "reference does not exist");
    add(id, reference.digest === undefined && room.records.lookup(reference) === id ? reference : undefined);
    return;
  }
  const tagged = room.records.inRepository(fullName(reference));
  for (const { reference: named, id } of tagged) add(id, named.digest === undefined ? named : undefined);
  if (tagged.length > 0) return;
  const id = searchById(room, text);
  if (id === undefined) throw noSuchImage(text);
  add(id);
}

function checkPlatform(room: ImageRoom, id: Digest, wanted: Platform | undefined): void {
  const config = room.config(id);
  if (wanted === undefined || platformMatches(config, wanted)) return;
  throw new EngineError(
    "not-found",
    `no suitable export target found for platform ${formatPlatform(wanted)}`,
  );
}

function archiveMembers(room: ImageRoom, chosen: readonly Chosen[]): Map<string, ArchiveMember> {
  const members = new Map<string, ArchiveMember>();
  const index: Descriptor[] = [];
  const manifests: object[] = [];
  const repositories: Record<string, Record<string, string>> = {};
  for (const image of chosen) {
    const { manifest, manifestBytes } = addImage(room, image.id, members);
    index.push(...indexEntries(manifestBytes, image.tags));
    manifests.push(dockerManifest(manifest, image.tags));
    for (const tag of image.tags)
      (repositories[familiarName(tag)] ??= {})[tag.tag ?? "latest"] = digestHex(
        manifest.layers.at(-1)?.digest ?? image.id,
      );
  }
  const add = (name: string, document: unknown) => members.set(name, { bytes: jsonBytes(document) });
  add("index.json", { schemaVersion: 2, mediaType: indexType, manifests: index });
  add("manifest.json", manifests);
  add("oci-layout", { imageLayoutVersion: "1.0.0" });
  if (Object.keys(repositories).length > 0) add("repositories", repositories);
  return members;
}

function addImage(
  room: ImageRoom,
  id: Digest,
  members: Map<string, ArchiveMember>,
): { manifest: ImageManifest; manifestBytes: Buffer } {
  const configBytes = room.blobs.read(id);
  const modifiedSeconds = Math.max(0, unixSeconds(room.config(id).created));
  const layers = room.layersOf(id);
  for (const layer of layers) members.set(blobPath(layer.diffId), { layer, modifiedSeconds });
  members.set(blobPath(id), { bytes: configBytes, modifiedSeconds });
  const manifest: ImageManifest = {
    schemaVersion: 2,
    mediaType: manifestType,
    config: { mediaType: configType, digest: id, size: configBytes.length },
    layers: layers.map(({ diffId, tarBytes }) => ({ mediaType: layerType, digest: diffId, size: tarBytes })),
  };
  const manifestBytes = Buffer.from(JSON.stringify(manifest));
  members.set(blobPath(sha256(manifestBytes)), { bytes: manifestBytes });
  return { manifest, manifestBytes };
}

function indexEntries(manifestBytes: Buffer, tags: readonly Reference[]): Descriptor[] {
  const entry = { mediaType: manifestType, digest: sha256(manifestBytes), size: manifestBytes.length };
  if (tags.length === 0) return [entry];
  return tags.map((tag) => ({
    ...entry,
    annotations: {
      "io.containerd.image.name": referenceString(tag),
      "org.opencontainers.image.ref.name": tag.tag ?? "latest",
    },
  }));
}

function dockerManifest(manifest: ImageManifest, tags: readonly Reference[]): object {
  return {
    Config: blobPath(manifest.config.digest),
    RepoTags: tags.length > 0 ? tags.map(familiarString) : null,
    Layers: manifest.layers.map((layer) => blobPath(layer.digest)),
    LayerSources: Object.fromEntries(manifest.layers.map((layer) => [layer.digest, layer])),
  };
}

function blobPath(digest: Digest): string {
  return `blobs/sha256/${digestHex(digest)}`;
}

function jsonBytes(document: unknown): Buffer {
  return Buffer.from(JSON.stringify(document));
}

function sha256(bytes: Buffer): Digest {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}` as Digest;
}
