import type { Digest } from "../../spec/digest.ts";
import type { Descriptor } from "../../spec/oci-image.ts";
import { packTree } from "../../store/archive/pack.ts";
import type { BuildRequest } from "../build-request.ts";
import type { BuildObserver } from "../build-service.ts";
import type { BuildParts } from "../ops/build-parts.ts";
import { openView } from "../ops/make-layer.ts";
import type { Delivery } from "./build-metadata.ts";
import type { BuiltImage } from "./built-image.ts";
import { storeImage } from "./deliver-image.ts";
import { writeArchive } from "./deliver-archive.ts";
import type { OutputShelf } from "./output-shelf.ts";
import type { OutputWish } from "./output-wish.ts";

export interface DeliveryOptions {
  parts: BuildParts;
  shelf: OutputShelf;
  request: BuildRequest;
  observer: BuildObserver;
  signal: AbortSignal;
  /** What was built: one image for each platform. */
  images: readonly BuiltImage[];
}

export interface Delivered extends Delivery {
  /** In the engine's store. */
  imageId?: Digest;
  /** On the shelf, in the order they were asked for. */
  outputs: string[];
}

/** An output's part in that. */
export type DeliveredOne = Delivery & { imageId?: Digest; output?: string };

/** Puts what was built where it was asked for: into the image store, a registry, or on the shelf for the client to fetch. */
export async function deliverOutputs(
  options: DeliveryOptions,
  wishes: readonly OutputWish[],
): Promise<Delivered> {
  const delivered: Delivered = { outputs: [] };
  for (const wish of wishes) {
    const { output, ...rest } = await deliver(options, wish);
    Object.assign(delivered, rest);
    if (output !== undefined) delivered.outputs.push(output);
  }
  return delivered;
}

async function deliver(options: DeliveryOptions, wish: OutputWish): Promise<DeliveredOne> {
  switch (wish.kind) {
    case "image":
      return await storeImage(options, wish);
    case "archive":
      return await writeArchive(options, wish);
    case "tree":
      return { output: shelveTree(options, wish.type) };
    case "nothing":
      return {};
  }
}

/** The merged file system. */
function shelveTree({ parts, shelf, observer, images }: DeliveryOptions, type: string): string {
  const task = observer.task(
    type === "local" ? "exporting to client directory" : "exporting to client tarball",
  );
  const view = openView(parts, images[0]?.fileSystem ?? {});
  task.end();
  return shelf.put({ open: () => packTree(view.directory, { whiteouts: "literal" }), release: view.release });
}

/** As buildx shows it in a metadata file. */
export function shownDescriptor(
  { mediaType, digest, size }: Pick<Descriptor, "mediaType" | "digest" | "size">,
  annotations: Record<string, string> = {},
): Descriptor {
  return { mediaType, digest, size, ...(Object.keys(annotations).length > 0 && { annotations }) };
}
