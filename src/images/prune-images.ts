import { EngineError } from "../base/errors.ts";
import type { UnusedBlob } from "../store/blobs/partial-blobs.ts";
import type { ImageDeleteResponseItem } from "../spec/api/image.ts";
import type { PruneItem } from "../spec/api/prune-preview.ts";
import type { Digest } from "../spec/digest.ts";
import { booleanFilter, checkFilterNames, matchesLabels } from "../spec/filter-match.ts";
import { familiarString, referenceString } from "../spec/reference.ts";
import { isBefore, untilFilter } from "./image-filters.ts";
import type { ImageRoom } from "./image-room.ts";
import type { Filters } from "./image-service.ts";
import { removeImage } from "./remove-image.ts";

const accepted = ["dangling", "label", "label!", "until"];

/** Images without a tag, or with `dangling=false` all that nothing uses; and what pulls that were broken off have left. */
export async function pruneImages(
  room: ImageRoom,
  filters: Filters,
): Promise<{ ImagesDeleted: ImageDeleteResponseItem[] | null; SpaceReclaimed: number }> {
  checkFilterNames(filters, accepted);
  const sizes = new Map<string, number>(room.layers.list().map((layer) => [layer.chainId, layer.sizeBytes]));
  const deleted: ImageDeleteResponseItem[] = [];
  for (const target of targets(room, filters)) deleted.push(...(await removeUnlessUsed(room, target)));
  const partials = room.remote.partials.prune(partialsToPrune(room, filters).map(({ digest }) => digest));
  const reclaimed = deleted.reduce((sum, item) => sum + (sizes.get(item.Deleted ?? "") ?? 0), partials);
  room.publishPrune(reclaimed);
  return { ImagesDeleted: deleted.length > 0 ? deleted : null, SpaceReclaimed: reclaimed };
}

/** The names, or for nameless images the ids, that are to go. */
function targets(room: ImageRoom, filters: Filters): string[] {
  return selected(room, filters).flatMap(({ names }) => names);
}

/**
 * The images that `pruneImages` would remove now if the given containers were gone, each with the bytes of the layers that
 * no image needs that stays.
 */
export function planPrune(
  room: ImageRoom,
  filters: Filters,
  goneContainers: ReadonlySet<string>,
): PruneItem[] {
  checkFilterNames(filters, accepted);
  const used = new Set(
    room
      .users()
      .filter((user) => !goneContainers.has(user.containerId))
      .map((user) => user.imageId as string),
  );
  const going = selected(room, filters)
    .map(({ id }) => id)
    .filter((id) => !used.has(id) && room.records.children(id).length === 0);
  const staying = room.list().filter(({ id }) => !going.includes(id));
  const counted = new Set(staying.flatMap(({ id }) => room.layersOf(id).map((layer) => layer.chainId)));
  const images = going.map((id) => {
    const own = room.layersOf(id).filter((layer) => !counted.has(layer.chainId));
    for (const layer of own) counted.add(layer.chainId);
    const Name = room.records.references(id).map(familiarString).join(", ");
    return { ID: id, Name, Size: own.reduce((sum, layer) => sum + layer.sizeBytes, 0) };
  });
  const partials = partialsToPrune(room, filters).map(({ digest, sizeBytes }) => {
    return { ID: digest, Name: "a layer that a pull has left unfinished", Size: sizeBytes };
  });
  return [...images, ...partials];
}

/** Layers that no running pull is at. They have no labels: who chooses by labels means none of them. */
function partialsToPrune(room: ImageRoom, filters: Filters): UnusedBlob[] {
  if (filters["label"] !== undefined || filters["label!"] !== undefined) return [];
  const until = untilFilter(filters, room.now());
  return room.remote.partials
    .unused()
    .filter(({ changedMs }) => until === undefined || BigInt(Math.floor(changedMs * 1e6)) < until);
}

/** By image, the names (or, nameless, the id) to be removed. */
function selected(room: ImageRoom, filters: Filters): { id: Digest; names: string[] }[] {
  const danglingOnly = booleanFilter("dangling", filters["dangling"]) ?? true;
  const until = untilFilter(filters, room.now());
  return room
    .list()
    .map(({ id }) => id)
    .filter((id) => isSelected(room, id, filters, until))
    .map((id) => ({ id, names: namesToRemove(room, id, danglingOnly) }))
    .filter(({ names }) => names.length > 0);
}

function namesToRemove(room: ImageRoom, id: Digest, danglingOnly: boolean): string[] {
  const references = room.records.references(id);
  if (room.records.children(id).length > 0 && (danglingOnly || references.length === 0)) return [];
  if (references.length === 0) return [id];
  if (danglingOnly && references.some((reference) => reference.digest === undefined)) return [];
  return references.map(referenceString);
}

function isSelected(room: ImageRoom, id: Digest, filters: Filters, until: bigint | undefined): boolean {
  const config = room.config(id);
  if (until !== undefined && !isBefore(config, until)) return false;
  const labels = config.config?.Labels;
  if (!matchesLabels(filters["label"], labels)) return false;
  return (filters["label!"] ?? []).every((label) => !matchesLabels([label], labels));
}

async function removeUnlessUsed(room: ImageRoom, target: string): Promise<ImageDeleteResponseItem[]> {
  try {
    return await removeImage(room, target, { force: false, noPrune: false });
  } catch (error) {
    // In use, or gone with another name meanwhile.
    if (error instanceof EngineError && (error.kind === "conflict" || error.kind === "not-found")) return [];
    throw error;
  }
}
