import type { WritableRepository } from "../../registry/remote-repository.ts";
import type { Digest } from "../../spec/digest.ts";
import { fullName, type Reference } from "../../spec/reference.ts";
import type { Layer } from "../../store/layers/layer-store.ts";
import type { LayerSource } from "../distribution-records.ts";
import type { ImageRoom } from "../image-room.ts";
import { gzipLayers, type LayerChoice } from "../../spec/layer-choice.ts";
import { isChosen } from "../publish/is-chosen.ts";
import { compressionOfFile, layerTypeOf } from "./layer-types.ts";
import type { PushLines } from "./push-progress.ts";
import { compressedSource, fileSource, tarSource } from "./upload-sources.ts";

/** A compressed form of a layer: what a manifest says of it. */
export type LayerForm = Omit<LayerSource, "repository">;

export interface PushLayerOptions {
  room: ImageRoom;
  repository: WritableRepository;
  /** Where it goes. */
  target: Reference;
  lines: PushLines;
  signal: AbortSignal | undefined;
  /** How it is compressed where that is not settled; absent: with gzip. */
  choice?: LayerChoice;
}

/** As dockerd: more places than these are not asked. */
const mostMounts = 3;

/**
 * Sees to it that the repository has the layer, by the cheapest way: it is there, it is mounted from another
 * repository, the kept compressed form is uploaded, or one is made. With `wanted` in that form and no other; undefined
 * where that cannot be had.
 */
export async function pushLayer(
  layer: Layer,
  wanted: LayerForm | undefined,
  options: PushLayerOptions,
): Promise<LayerForm | undefined> {
  const forms = wanted === undefined ? knownForms(layer.diffId, options) : [wanted];
  for (const form of forms)
    if (await isThere(form, options)) return said(form, options, "Layer already exists");
  for (const form of forms) {
    const from = await mountedFrom(layer.diffId, form, options);
    if (from !== undefined) return said(form, options, `Mounted from ${from}`);
  }
  return await upload(layer, wanted, options);
}

function said(form: LayerForm, { lines }: PushLayerOptions, status: string): LayerForm {
  lines.say(status);
  return form;
}

/** The kept form first; then those that registries have had from this layer. */
function knownForms(diffId: Digest, { room, target, choice = gzipLayers }: PushLayerOptions): LayerForm[] {
  const kept = keptForm(room, diffId);
  const sources = room.distribution
    .sources(diffId)
    .filter(({ repository }) => isSameRegistry(repository, target));
  const here = sources.filter(({ repository }) => repository === fullName(target));
  const forms = [...(kept === undefined ? [] : [kept]), ...here, ...sources];
  return forms
    .filter((form) => isChosen(form, form.digest === kept?.digest, choice))
    .filter(({ digest }, index, all) => all.findIndex((form) => form.digest === digest) === index);
}

/** The compressed form that the layer came here in. */
export function keptForm(room: ImageRoom, diffId: Digest): LayerForm | undefined {
  const blob = room.layers.blob(diffId);
  if (blob === undefined) return undefined;
  const mediaType = layerTypeOf(compressionOfFile(blob.path));
  return { digest: blob.digest, sizeBytes: blob.sizeBytes, mediaType };
}

async function isThere({ digest }: LayerForm, { repository, signal }: PushLayerOptions): Promise<boolean> {
  return await repository.has(digest, signal);
}

/** The repository of the same registry that gave it. */
async function mountedFrom(
  diffId: Digest,
  { digest }: LayerForm,
  { room, repository, target, signal }: PushLayerOptions,
): Promise<string | undefined> {
  const sources = room.distribution
    .sources(diffId)
    .filter((source) => source.digest === digest && isSameRegistry(source.repository, target))
    .filter((source) => source.repository !== fullName(target));
  for (const source of sources.slice(0, mostMounts)) {
    const path = source.repository.slice(target.domain.length + 1);
    if (await repository.mount(digest, path, signal)) return path;
    room.distribution.deleteSource(diffId, source);
  }
  return undefined;
}

function isSameRegistry(repository: string, { domain }: Reference): boolean {
  return repository.startsWith(`${domain}/`);
}

async function upload(
  layer: Layer,
  wanted: LayerForm | undefined,
  options: PushLayerOptions,
): Promise<LayerForm | undefined> {
  const { room, repository, lines, signal, choice = gzipLayers } = options;
  const { diffId, chainId, tarBytes } = layer;
  const open = () => room.layers.tar(chainId);
  const blob = room.layers.blob(diffId);
  const form = wanted ?? chosenForm(layer, room, choice);
  const send = {
    signal,
    onBytes: (sentBytes: number) => lines.pushing(sentBytes, form?.sizeBytes ?? tarBytes),
  };
  if (blob !== undefined && form !== undefined && form.digest === blob.digest) {
    await repository.uploadStream(fileSource(blob.path, blob.digest), send);
    return said(form, options, "Pushed");
  }
  if (form !== undefined && form.digest === diffId) {
    await repository.uploadStream(tarSource(open, diffId), send);
    return said(form, options, "Pushed");
  }
  if (wanted !== undefined) return undefined;
  const onTarBytes = (bytes: number) => lines.pushing(bytes, tarBytes);
  const source = compressedSource(room.layers, chainId, choice, onTarBytes);
  const digest = await repository.uploadStream(source, { signal });
  const { sizeBytes, mediaType } = source;
  return said({ digest, sizeBytes, mediaType }, options, "Pushed");
}

/** The form that needs no compressing: the kept one, or none. */
function chosenForm(
  { diffId, tarBytes }: Layer,
  room: ImageRoom,
  choice: LayerChoice,
): LayerForm | undefined {
  const kept = keptForm(room, diffId);
  if (kept !== undefined && isChosen(kept, true, choice)) return kept;
  const isPlain = choice.compression === "uncompressed";
  return isPlain ? { digest: diffId, sizeBytes: tarBytes, mediaType: layerTypeOf("none") } : undefined;
}
