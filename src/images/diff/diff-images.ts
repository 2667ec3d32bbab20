import { newId } from "../../base/ids.ts";
import type { ImageDiff, ImageDiffLayer, ImageDiffSide, ImageDiffTally } from "../../spec/api/image-diff.ts";
import type { Digest } from "../../spec/digest.ts";
import type { ChainId, Layer } from "../../store/layers/layer-store.ts";
import type { LayerEntry } from "../../store/layers/layer-files.ts";
import type { ImageRoom } from "../image-room.ts";
import { compareTrees } from "./compare-trees.ts";
import { FileTree, type LayerEffect, type Tally } from "./file-tree.ts";

/**
 * What leads from one image to another: each image's layers with what they do, and the files that differ in the end.
 * Made from the layers' directories and records, without mounting or reading a file.
 */
export async function diffImages(
  room: ImageRoom,
  from: Digest,
  to: Digest,
  signal?: AbortSignal,
): Promise<ImageDiff> {
  const lease = `lease:${newId()}`;
  const sides = [room.layersOf(from), room.layersOf(to)] as const;
  const tops = sides.flatMap((layers) => layers.at(-1)?.chainId ?? []);
  for (const chainId of tops) room.layers.retain(chainId, lease);
  try {
    const entries = entriesOf(room, signal);
    const before = await treeOf(sides[0], entries);
    const after = await treeOf(sides[1], entries);
    const shared = new Set(chains(sides[0]).filter((chain) => chains(sides[1]).includes(chain)));
    return {
      From: side(room, from, sides[0], before.effects, shared),
      To: side(room, to, sides[1], after.effects, shared),
      Files: compareTrees(before.root, after.root),
    };
  } finally {
    for (const chainId of tops) await room.layers.release(chainId, lease);
  }
}

type EntriesOf = (chainId: ChainId) => Promise<LayerEntry[]>;

/** A layer that both images have is walked once. */
function entriesOf(room: ImageRoom, signal: AbortSignal | undefined): EntriesOf {
  const known = new Map<ChainId, Promise<LayerEntry[]>>();
  return (chainId) => {
    signal?.throwIfAborted();
    const entries = known.get(chainId) ?? room.layers.entries(chainId);
    known.set(chainId, entries);
    return entries;
  };
}

async function treeOf(layers: readonly Layer[], entries: EntriesOf): Promise<FileTree> {
  const tree = new FileTree();
  for (const { chainId } of layers) tree.add(await entries(chainId));
  return tree;
}

function chains(layers: readonly Layer[]): ChainId[] {
  return layers.map(({ chainId }) => chainId);
}

function side(
  room: ImageRoom,
  id: Digest,
  layers: readonly Layer[],
  effects: readonly LayerEffect[],
  shared: ReadonlySet<ChainId>,
): ImageDiffSide {
  const steps = (room.config(id).history ?? []).filter((step) => step.empty_layer !== true);
  const described = layers.map((layer, index): ImageDiffLayer => {
    const { added, changed, removed, hidden } = effects[index] as LayerEffect;
    return {
      DiffID: layer.diffId,
      CreatedBy: steps[index]?.created_by ?? "",
      Size: layer.sizeBytes,
      Shared: shared.has(layer.chainId),
      Added: wire(added),
      Changed: wire(changed),
      Removed: wire(removed),
      Wasted: wire(hidden),
    };
  });
  return { Id: id, Size: room.sizeOf(id), Layers: described };
}

function wire({ files, sizeBytes }: Tally): ImageDiffTally {
  return { Files: files, Size: sizeBytes };
}
