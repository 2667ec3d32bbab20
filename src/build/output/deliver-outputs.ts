import { EngineError } from "../../base/errors.ts";
import type { Digest } from "../../spec/digest.ts";
import type { ImageConfigFile } from "../../spec/oci-image.ts";
import { parseReference, type Reference, referenceString, withDefaultTag } from "../../spec/reference.ts";
import { packTree } from "../../store/archive/pack.ts";
import type { BuildOutputRequest, BuildRequest } from "../build-request.ts";
import type { BuildObserver } from "../build-service.ts";
import type { BuildParts, Snapshot } from "../ops/build-parts.ts";
import { openView } from "../ops/make-layer.ts";
import type { OutputShelf } from "./output-shelf.ts";

export interface DeliveryOptions {
  parts: BuildParts;
  shelf: OutputShelf;
  request: BuildRequest;
  observer: BuildObserver;
  signal: AbortSignal;
  /** What was built. */
  fileSystem: Snapshot;
  config: ImageConfigFile;
}

export interface Delivered {
  imageId?: Digest;
  /** On the shelf, in the order they were asked for. */
  outputs: string[];
}

/** Puts what was built where it was asked for: into the image store, a registry, or on the shelf for the client to fetch. */
export async function deliverOutputs(options: DeliveryOptions): Promise<Delivered> {
  const wanted = options.request.outputs.length > 0 ? options.request.outputs : [{ type: "image" }];
  const delivered: Delivered = { outputs: [] };
  for (const output of wanted) {
    const { type = "" } = output;
    if (type === "image" || type === "registry" || type === "moby")
      delivered.imageId = await asImage(options, output);
    else if (type === "local" || type === "tar") delivered.outputs.push(await asTree(options, type));
    else if (type === "oci" || type === "docker")
      delivered.outputs.push(await asArchive(options, output, type));
    else if (type !== "cacheonly")
      throw new EngineError("invalid", `exporter ${JSON.stringify(type)} could not be found`);
  }
  return delivered;
}

/** What the image promises has reached the disk before it has a name. */
async function asImage(options: DeliveryOptions, output: BuildOutputRequest): Promise<Digest> {
  const { parts, observer, config } = options;
  const tags = tagsOf(options.request, output);
  const task = observer.task("exporting to image");
  try {
    task.status({ status: "exporting layers" });
    await parts.layers.sync();
    const id = parts.images.add(Buffer.from(JSON.stringify(config)));
    task.status({ status: `writing image ${id}` });
    for (const tag of tags) {
      parts.images.name(id, tag);
      task.status({ status: `naming to ${referenceString(tag)}` });
    }
    parts.images.publishCreation(id);
    if (output["push"] === "true" || output.type === "registry") await push(options, tags, task.status);
    task.end();
    return id;
  } catch (error) {
    task.end(error);
    throw error;
  }
}

async function push(
  { parts, request, signal }: DeliveryOptions,
  tags: readonly Reference[],
  progress: BuildObserver["pull"],
): Promise<void> {
  if (tags.length === 0) throw new EngineError("invalid", "tag is needed when pushing to registry");
  for (const tag of tags) {
    const credentials = request.credentials?.(tag.domain);
    await parts.images.push(referenceString(tag), { signal, ...(credentials && { credentials }) }, progress);
  }
}

/** `-t`, and the `name` of the output itself. */
function tagsOf({ tags }: BuildRequest, { name }: BuildOutputRequest): Reference[] {
  const named = (name ?? "").split(",").filter(Boolean);
  return [...tags, ...named.map((text) => withDefaultTag(parseReference(text)))];
}

/** The merged file system. */
async function asTree(
  { parts, shelf, observer, fileSystem }: DeliveryOptions,
  type: string,
): Promise<string> {
  const task = observer.task(
    type === "local" ? "exporting to client directory" : "exporting to client tarball",
  );
  const view = openView(parts, fileSystem);
  task.end();
  return shelf.put({ open: () => packTree(view.directory, { whiteouts: "literal" }), release: view.release });
}

/** A Docker archive and an OCI layout in one, as `save` writes it. An image that is here only for that goes with it. */
async function asArchive(
  options: DeliveryOptions,
  output: BuildOutputRequest,
  type: string,
): Promise<string> {
  const { parts, shelf, observer, config, request } = options;
  const task = observer.task(`exporting to ${type} image format`);
  await parts.layers.sync();
  const known = new Set(parts.images.list({ all: true }).map(({ Id }) => Id));
  const id = parts.images.add(Buffer.from(JSON.stringify(config)));
  task.end();
  return shelf.put({
    open: () => parts.images.saveAs(id, tagsOf(request, output), {}),
    release: async () => {
      if (!known.has(id)) await parts.images.remove(id, { force: false, noPrune: true });
    },
  });
}
