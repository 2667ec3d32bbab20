import { EngineError } from "../../base/errors.ts";
import { faultPoint } from "../../base/fault.ts";
import type { BlobReader } from "../../registry/remote-repository.ts";
import type { Digest } from "../../spec/digest.ts";
import type { Descriptor } from "../../spec/oci-image.ts";
import { chainIdsOf } from "../../store/layers/chain-id.ts";
import type { ChainId, Layer, LayerStore } from "../../store/layers/layer-store.ts";
import type { Progress } from "../image-service.ts";
import { LooseLayer } from "../loose-layer.ts";
import type { LayerTransfers, Transfer } from "./layer-transfers.ts";
import { isWorthKeeping } from "./layer-download.ts";
import { type LayerLines, layerLines } from "./pull-progress.ts";
import type { RemoteImage } from "./remote-image.ts";

export interface PlaceOptions {
  layers: LayerStore;
  transfers: LayerTransfers;
  repository: BlobReader;
  /** Holds every layer from the moment on that it is relied on; the caller releases what `held` says. */
  lease: string;
  held: ChainId[];
  progress: Progress;
  signal: AbortSignal | undefined;
}

/** Layers in the forms in which they can be fetched, and the diffIDs that they must have; base first. */
export type LayerStack = Pick<RemoteImage, "layers"> & { config: Pick<RemoteImage["config"], "rootfs"> };

/** A layer that has no place in the image's chain yet. */
interface Missing {
  descriptor: Descriptor;
  diffId: Digest;
  lines: LayerLines;
  /** The same changes, on another base. */
  known?: Layer;
  transfer?: Transfer;
}

/** Sees to it that every layer of the image is here. Only what is missing is fetched: side by side, placed in order. */
export async function placeLayers(image: LayerStack, options: PlaceOptions): Promise<void> {
  const { layers, transfers, repository, signal } = options;
  const chains = chainIdsOf(image.config.rootfs.diff_ids);
  const present = chains.findLastIndex((chainId) => layers.get(chainId) !== undefined) + 1;
  const base = chains[present - 1];
  if (base !== undefined) hold(options, base);
  const all = image.layers.map((descriptor, index) => ({
    descriptor,
    diffId: image.config.rootfs.diff_ids[index] as Digest,
    lines: layerLines(descriptor, options.progress),
  }));
  for (const { lines } of all.slice(0, present)) lines.say("Already exists");
  const missing: Missing[] = all.slice(present);
  markKnown(missing, options);
  for (const each of missing) if (each.known === undefined) each.lines.say("Pulling fs layer");
  for (const each of missing)
    if (each.known === undefined) each.transfer = transfers.join(repository, each.descriptor, each.lines);
  const release = (keep = true) => Promise.all(missing.map(async ({ transfer }) => transfer?.release(keep)));
  const aborted = onAbort(signal, () => release(true));
  try {
    await placeInOrder(missing, base, options);
    signal?.throwIfAborted();
    await release(false);
    // A layer of a broken pull may still have stood here, so that what was kept to go on with it had no transfer.
    transfers.forget(image.layers.map(({ digest }) => digest));
  } catch (error) {
    // An image that is refused, or has no room, is not tried again as it is.
    await release(isWorthKeeping(error, signal));
    throw error;
  } finally {
    aborted();
  }
}

/** Layers that another image has on another base need not be fetched. */
function markKnown(missing: readonly Missing[], options: PlaceOptions): void {
  if (missing.length === 0) return;
  const byDiffId = new Map(options.layers.list().map((layer) => [layer.diffId, layer]));
  for (const each of missing) {
    const known = byDiffId.get(each.diffId);
    if (known === undefined) continue;
    hold(options, known.chainId);
    each.known = known;
    each.lines.say("Already exists");
  }
}

function hold({ layers, lease, held }: PlaceOptions, chainId: ChainId): void {
  layers.retain(chainId, lease);
  held.push(chainId);
}

async function placeInOrder(
  missing: readonly Missing[],
  base: ChainId | undefined,
  options: PlaceOptions,
): Promise<void> {
  // One that fails ends the wait for those before it.
  const failure = new Promise<never>((_, reject) => {
    for (const { transfer } of missing) transfer?.layer.catch(reject);
  });
  failure.catch(() => {});
  let parent = base;
  for (const each of missing) {
    const loose =
      each.transfer === undefined ? undefined : await Promise.race([each.transfer.layer, failure]);
    parent = await place(each, loose, parent, options);
  }
}

async function place(
  { diffId, known, lines }: Missing,
  loose: LooseLayer | undefined,
  parent: ChainId | undefined,
  { layers, lease, held }: PlaceOptions,
): Promise<ChainId> {
  const layer = loose ?? new LooseLayer(known as Layer);
  if (layer.diffId !== diffId)
    throw new EngineError("invalid", "layers from manifest don't match image configuration");
  if (known === undefined) lines.extracting();
  const chainId = await layer.place(layers, parent, lease);
  held.push(chainId);
  faultPoint("pull:layer");
  if (known === undefined) lines.say("Pull complete");
  return chainId;
}

/** Leaving the transfers ends those that nobody else waits for. */
function onAbort(signal: AbortSignal | undefined, action: () => Promise<unknown>): () => void {
  const listener = () => void action().catch(() => {});
  signal?.addEventListener("abort", listener, { once: true });
  return () => signal?.removeEventListener("abort", listener);
}
