import type { ChainId, Layer } from "../../store/layers/layer-store.ts";
import type { ImageRoom } from "../image-room.ts";

/**
 * The layers whose compressed forms can go, those of the images unused longest first: a push makes such a form again, or
 * finds it in its registry. Those that an operation under way may be reading stay.
 */
export function droppableForms(room: ImageRoom): Layer[] {
  const busy = busyLayers(room);
  const used = lastUses(room);
  return room.layers
    .list()
    .filter(({ chainId, blob }) => blob !== undefined && !busy.has(chainId))
    .toSorted((a, b) => (used.get(a.chainId) ?? 0) - (used.get(b.chainId) ?? 0));
}

/** Leased ones, with all that they stand on. */
function busyLayers({ layers }: ImageRoom): Set<ChainId> {
  const busy = new Set<ChainId>();
  for (const { chainId } of layers.list()) {
    if (!layers.users(chainId).some((user) => user.startsWith("lease:"))) continue;
    for (let next: ChainId | undefined = chainId; next !== undefined; next = layers.get(next)?.parent)
      busy.add(next);
  }
  return busy;
}

/** When an image with the layer was used last. */
function lastUses(room: ImageRoom): Map<ChainId, number> {
  const uses = new Map<ChainId, number>();
  for (const { id, lastUsedMs, lastTaggedMs } of room.list()) {
    const usedMs = Math.max(lastUsedMs ?? 0, lastTaggedMs ?? 0);
    for (const { chainId } of room.layersOf(id)) uses.set(chainId, Math.max(uses.get(chainId) ?? 0, usedMs));
  }
  return uses;
}
