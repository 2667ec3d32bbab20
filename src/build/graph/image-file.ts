import type { HistoryEntry, ImageConfigFile } from "../../spec/oci-image.ts";
import type { Digest } from "../../spec/digest.ts";
import type { ChainId, LayerStore } from "../../store/layers/layer-store.ts";
import type { Snapshot } from "../ops/build-parts.ts";
import type { Step } from "../solver/step.ts";
import type { DraftHistory, ImageDraft } from "./image-draft.ts";

export interface ImageFileOptions {
  layers: LayerStore;
  /** What a step of the image has come to. */
  resultOf: (step: Step<Snapshot>) => Snapshot;
  /** SOURCE_DATE_EPOCH: every time in the image is this one. */
  latestSeconds?: number;
}

const comment = "buildkit.dockerfile.v0";

/**
 * The configuration of a finished stage, as BuildKit writes it. Times are those of the layers, so that a build whose steps were all known
 * gives the same image again.
 */
export function imageFile(
  draft: ImageDraft,
  fileSystem: Snapshot,
  options: ImageFileOptions,
): ImageConfigFile {
  const history = historyOf(draft, fileSystem, options);
  const created =
    options.latestSeconds === undefined ? history.at(-1)?.created : stamp(options.latestSeconds * 1000);
  const { platform, config, author } = draft;
  const file: ImageConfigFile = {
    architecture: platform.architecture,
    ...(author !== "" && { author }),
    config,
    ...(created !== undefined && { created }),
    ...(history.length > 0 && { history }),
    os: platform.os,
    ...(platform["os.version"] !== undefined && { "os.version": platform["os.version"] }),
    ...(platform["os.features"] !== undefined && { "os.features": platform["os.features"] }),
    rootfs: { type: "layers", diff_ids: diffIdsOf(options.layers, fileSystem.chainId) },
    ...(platform.variant !== undefined && { variant: platform.variant }),
  };
  return file;
}

function historyOf(
  { inherited, history, author }: ImageDraft,
  fileSystem: Snapshot,
  { resultOf, latestSeconds }: ImageFileOptions,
): HistoryEntry[] {
  let lastMs = Date.parse(inherited.at(-1)?.created ?? "");
  const timeOf = ({ step }: DraftHistory) => {
    const ownMs = step === undefined ? undefined : resultOf(step).createdMs;
    if (ownMs !== undefined) lastMs = ownMs;
    if (latestSeconds !== undefined) return latestSeconds * 1000;
    return Number.isFinite(lastMs) ? lastMs : (fileSystem.createdMs ?? 0);
  };
  const added = history.map(
    (entry): HistoryEntry => ({
      created: stamp(timeOf(entry)),
      created_by: entry.createdBy,
      ...(author !== "" && entry.author !== undefined && { author: entry.author }),
      comment,
      ...(entry.step === undefined && { empty_layer: true }),
    }),
  );
  return [...inherited, ...added];
}

/** RFC 3339 as Go writes it: no zeros at the end of the fraction. */
function stamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.?0*Z$/, "Z");
}

/** Base first. */
function diffIdsOf(layers: LayerStore, top: ChainId | undefined): Digest[] {
  const found: Digest[] = [];
  for (let chainId = top; chainId !== undefined; ) {
    const layer = layers.get(chainId);
    if (layer === undefined) throw new Error(`layer ${chainId} is missing`);
    found.unshift(layer.diffId);
    chainId = layer.parent;
  }
  return found;
}
