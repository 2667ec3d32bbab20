import { EngineError, messageOf } from "../../base/errors.ts";
import type { BlobSink } from "../../images/publish/blob-sink.ts";
import { mediaTypes } from "../../registry/media-types.ts";
import type { CacheOption } from "../../spec/cache-option.ts";
import { flagOf, layerChoiceOf } from "../../spec/layer-choice.ts";
import type { Descriptor, ImageManifest } from "../../spec/oci-image.ts";
import { parseReference, withDefaultTag } from "../../spec/reference.ts";
import type { BuildRequest } from "../build-request.ts";
import type { BuildObserver, TaskReport } from "../build-service.ts";
import type { BuildParts } from "../ops/build-parts.ts";
import type { OutputShelf } from "../output/output-shelf.ts";
import { cacheConfigType } from "./cache-description.ts";
import { describeCache, type KnownStep } from "./describe-cache.ts";

export interface CacheExportOptions {
  parts: BuildParts;
  shelf: OutputShelf;
  request: BuildRequest;
  observer: BuildObserver;
  signal: AbortSignal;
  /** Steps whose layers are in the result, and all of them. The caller holds their layers. */
  steps: { ofResult: readonly KnownStep[]; all: readonly KnownStep[] };
}

/** `--cache-to`, after the result has been delivered. Answers what is on the shelf for the client; nothing in the place of one that failed. */
export async function exportCaches(options: CacheExportOptions): Promise<string[]> {
  const shelved: string[] = [];
  for (const option of options.request.cacheTo) {
    if (option.type === "inline") continue;
    const task = options.observer.task(
      option.type === "local" ? "exporting cache to client directory" : "exporting cache to registry",
    );
    try {
      if (option.type === "local") shelved.push(await toShelf(options, option));
      else await toRegistry(options, option, task);
      task.end();
    } catch (error) {
      options.signal.throwIfAborted();
      task.end(error);
      if (option.type === "local") shelved.push("");
      if (flagOf(option.attributes, "ignore-error") !== true)
        throw new EngineError("unavailable", `failed to export build cache: ${messageOf(error)}`, error);
    }
  }
  return shelved;
}

async function toRegistry(
  { parts, request, signal, steps }: CacheExportOptions,
  { attributes }: CacheOption,
  { status }: TaskReport,
): Promise<void> {
  const target = withDefaultTag(parseReference(attributes["ref"] ?? ""));
  const credentials = request.credentials?.(target.domain);
  const sink = await parts.images.sink(target, { signal, ...(credentials && { credentials }) }, status);
  const bytes = await writeCache(parts, sink, chosen(steps, attributes), attributes);
  status({ status: "writing cache image manifest" });
  await sink.tag(target.tag ?? "latest", mediaTypes.ociManifest, bytes);
}

async function toShelf(
  { parts, shelf, signal, steps }: CacheExportOptions,
  { attributes }: CacheOption,
): Promise<string> {
  const sink = parts.images.layout({ directory: parts.exports, signal });
  try {
    const bytes = await writeCache(parts, sink, chosen(steps, attributes), attributes);
    const manifest = await sink.manifest(mediaTypes.ociManifest, bytes);
    const annotations = { "org.opencontainers.image.ref.name": attributes["tag"] ?? "latest" };
    return shelf.put(sink.archive([{ ...manifest, annotations }]));
  } catch (error) {
    await sink.discard();
    throw error;
  }
}

function chosen({ ofResult, all }: CacheExportOptions["steps"], { mode }: CacheOption["attributes"]) {
  return mode === "max" ? all : ofResult;
}

/** Everything but the name; answers the manifest. */
async function writeCache(
  { layers }: BuildParts,
  sink: BlobSink,
  steps: readonly KnownStep[],
  attributes: CacheOption["attributes"],
): Promise<Buffer> {
  const choice = layerChoiceOf(attributes);
  const cache = describeCache(steps, layers);
  const forms: Descriptor[] = await Promise.all(cache.layers.map((layer) => sink.layer(layer, choice)));
  const config = await sink.document(cacheConfigType, Buffer.from(JSON.stringify(cache.description)));
  const manifest: ImageManifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config,
    layers: forms,
  };
  return Buffer.from(JSON.stringify(manifest));
}
