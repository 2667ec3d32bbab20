import type { ImageSummary } from "../spec/api/image.ts";
import type { Digest } from "../spec/digest.ts";
import { booleanFilter, checkFilterNames, matchesLabels } from "../spec/filter-match.ts";
import { familiarString } from "../spec/reference.ts";
import type { ChainId } from "../store/layers/layer-store.ts";
import { createdNanos, unixSeconds } from "./created-at.ts";
import { findImage } from "./find-image.ts";
import { isAfter, isBefore, matchesReference, untilFilter } from "./image-filters.ts";
import type { ImageRoom } from "./image-room.ts";
import type { Filters } from "./image-service.ts";

const accepted = ["dangling", "label", "before", "since", "reference", "until"];

export interface ListOptions {
  all?: boolean;
  filters?: Filters;
  sharedSize?: boolean;
}

/** Newest first. Children of other images without a name are shown with `all` only, as Docker does. */
export function listImages(room: ImageRoom, options: ListOptions): ImageSummary[] {
  const filters = options.filters ?? {};
  checkFilterNames(filters, accepted);
  const selected = select(room, filters);
  const summaries = selected.flatMap((id) => summarize(room, id, filters, options.all ?? false));
  if (options.sharedSize === true) addSharedSizes(room, summaries);
  return summaries;
}

function select(room: ImageRoom, filters: Filters): Digest[] {
  const before = boundary(room, filters["before"], untilFilter(filters, room.now()), (a, b) => a < b);
  const since = boundary(room, filters["since"], undefined, (a, b) => a > b);
  const dangling = booleanFilter("dangling", filters["dangling"]) === true;
  const wanted = room.list().filter(({ id }) => {
    const config = room.config(id);
    if (before !== undefined && !isBefore(config, before)) return false;
    if (since !== undefined && !isAfter(config, since)) return false;
    if (!matchesLabels(filters["label"], config.config?.Labels)) return false;
    return !dangling || room.records.children(id).length === 0;
  });
  return wanted.map(({ id }) => id).sort((a, b) => compare(created(room, b), created(room, a)));
}

/** Of several images the strictest counts: the oldest for `before`, the newest for `since`. */
function boundary(
  room: ImageRoom,
  references: readonly string[] = [],
  start: bigint | undefined,
  stricter: (a: bigint, b: bigint) => boolean,
): bigint | undefined {
  let found = start;
  for (const reference of references) {
    const moment = createdNanos(room.config(findImage(room, reference)));
    if (moment !== undefined && (found === undefined || stricter(moment, found))) found = moment;
  }
  return found;
}

function created(room: ImageRoom, id: Digest): bigint {
  return createdNanos(room.config(id)) ?? 0n;
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : Number(a > b);
}

function summarize(room: ImageRoom, id: Digest, filters: Filters, all: boolean): ImageSummary[] {
  const patterns = filters["reference"];
  const dangling = booleanFilter("dangling", filters["dangling"]);
  const references = room.records
    .references(id)
    .filter((reference) => patterns === undefined || matchesReference(reference, patterns));
  const tags = references.filter((reference) => reference.digest === undefined);
  if (references.length === 0) {
    if (!all && room.records.children(id).length > 0) return [];
    if (dangling === false || patterns !== undefined) return [];
  } else if (dangling === true && tags.length > 0) return [];
  const config = room.config(id);
  return [
    {
      Id: id,
      ParentId: room.records.get(id)?.parent ?? "",
      RepoTags: tags.map(familiarString),
      RepoDigests: references.filter((reference) => reference.digest !== undefined).map(familiarString),
      Created: unixSeconds(config.created),
      Size: room.sizeOf(id),
      SharedSize: -1,
      Labels: (config.config?.Labels ?? null) as Record<string, string>,
      Containers: room.users().filter((user) => user.imageId === id).length,
    },
  ];
}

/** The part of each image that lies in layers which another image has, too, or in files of another layer. */
function addSharedSizes(room: ImageRoom, summaries: ImageSummary[]): void {
  const uses = new Map<ChainId, number>();
  for (const { id } of room.list())
    for (const { chainId } of room.layersOf(id)) uses.set(chainId, (uses.get(chainId) ?? 0) + 1);
  const { sharedBytes } = room.layers.usage();
  for (const summary of summaries)
    summary.SharedSize = room
      .layersOf(summary.Id as Digest)
      .reduce(
        (sum, { chainId, sizeBytes }) =>
          sum + ((uses.get(chainId) ?? 0) > 1 ? sizeBytes : (sharedBytes.get(chainId) ?? 0)),
        0,
      );
}
