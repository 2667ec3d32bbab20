import type { Readable } from "node:stream";
import { EngineError } from "../base/errors.ts";
import { faultPoint } from "../base/fault.ts";
import { newId, shortId } from "../base/ids.ts";
import type { Digest } from "../spec/digest.ts";
import type { Platform } from "../spec/oci-image.ts";
import { formatPlatform, platformMatches } from "../spec/platform.ts";
import { familiarString } from "../spec/reference.ts";
import type { ChainId } from "../store/layers/layer-store.ts";
import type { ImageRoom } from "./image-room.ts";
import type { Progress } from "./image-service.ts";
import type { ArchiveContents } from "./load/archive-contents.ts";
import type { ArchivedImage } from "./load/archived-image.ts";
import { dockerArchiveImages } from "./load/docker-archive.ts";
import { ociLayoutImages } from "./load/oci-layout.ts";
import { readArchive } from "./load/read-archive.ts";
import { transferProgress } from "./progress-text.ts";

export interface LoadOptions {
  quiet?: boolean;
  platform?: Platform;
  signal?: AbortSignal;
}

/** Between two lines about the same layer. */
const progressStepBytes = 512 * 1024;

/** All of the archive's images, or none: everything is checked before the first is recorded. */
export async function loadImages(
  room: ImageRoom,
  source: Readable,
  options: LoadOptions,
  progress: Progress,
): Promise<void> {
  const { signal } = options;
  const lease = `lease:${newId()}`;
  const held: ChainId[] = [];
  const contents = await readArchive(source, {
    layers: room.layers,
    known: knownLayers(room, lease, held),
    onLayerBytes: options.quiet === true ? () => {} : layerProgress(progress),
    ...(signal && { signal }),
  }).catch(async (error: unknown) => {
    await releaseAll(room, held, lease);
    throw error;
  });
  try {
    const images = imagesOf(contents, options.platform);
    for (const image of images) await placeLayers(room, image, lease, held);
    faultPoint("load:layers");
    record(room, images, progress);
  } finally {
    await contents.discard();
    await releaseAll(room, held, lease);
  }
}

async function releaseAll(room: ImageRoom, held: readonly ChainId[], lease: string): Promise<void> {
  for (const chainId of held) await room.layers.release(chainId, lease);
}

/** Layers by diffID, held from the moment that the archive relies on them. */
function knownLayers(room: ImageRoom, lease: string, held: ChainId[]) {
  const layers = new Map(room.layers.list().map((layer) => [layer.diffId, layer]));
  return (diffId: Digest) => {
    const layer = layers.get(diffId);
    if (layer === undefined || room.layers.get(layer.chainId) === undefined) return undefined;
    room.layers.retain(layer.chainId, lease);
    held.push(layer.chainId);
    return layer;
  };
}

function layerProgress(progress: Progress): (path: string, current: number, total: number) => void {
  let [shownPath, shownBytes] = ["", 0];
  return (path, current, total) => {
    if (path === shownPath && current < total && current - shownBytes < progressStepBytes) return;
    [shownPath, shownBytes] = [path, current];
    const name = /([0-9a-f]{64})/.exec(path)?.[1] ?? path;
    progress(transferProgress("Loading layer", shortId(name), current, total));
  };
}

function imagesOf(contents: ArchiveContents, platform: Platform | undefined): ArchivedImage[] {
  const manifest = contents.document("manifest.json");
  const index = contents.document("index.json");
  if (manifest === undefined && index === undefined)
    throw new EngineError(
      "invalid",
      "the archive holds no image: neither manifest.json nor index.json is in it",
    );
  const images =
    manifest === undefined
      ? ociLayoutImages(contents, index as Buffer, platform)
      : dockerArchiveImages(contents, manifest);
  if (platform === undefined) return images;
  const matching = images.filter(({ config }) => platformMatches(config, platform));
  if (matching.length === 0)
    throw new EngineError("not-found", `the archive has no image for platform ${formatPlatform(platform)}`);
  return matching;
}

async function placeLayers(
  room: ImageRoom,
  image: ArchivedImage,
  lease: string,
  held: ChainId[],
): Promise<void> {
  let parent: ChainId | undefined;
  for (const layer of image.layers) {
    parent = await layer.place(room.layers, parent, lease);
    held.push(parent);
  }
}

function record(room: ImageRoom, images: readonly ArchivedImage[], progress: Progress): void {
  const recorded = room.transaction(() => {
    const done = images.map((image) => recordImage(room, image));
    faultPoint("load:images");
    return done;
  });
  for (const { lines } of recorded) for (const line of lines) progress({ stream: line });
  for (const id of new Set(recorded.map((each) => each.id))) room.publish("load", id);
}

function recordImage(room: ImageRoom, image: ArchivedImage): { id: Digest; lines: string[] } {
  const lines: string[] = [];
  const known = image.parent !== undefined && room.records.get(image.parent) !== undefined;
  const id = room.add(image.configBytes, known ? image.parent : undefined);
  if (image.tags.length === 0) lines.push(`Loaded image ID: ${id}\n`);
  for (const tag of image.tags) {
    const name = familiarString(tag);
    const before = room.records.lookup(tag);
    if (before !== undefined && before !== id)
      lines.push(
        `The image ${name} already exists, renaming the old one with ID ${before} to empty string\n`,
      );
    room.records.setReference(tag, id, room.now().getTime());
    lines.push(`Loaded image: ${name}\n`);
  }
  return { id, lines };
}
