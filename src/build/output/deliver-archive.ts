import { type Digest, digestHex } from "../../spec/digest.ts";
import type { Descriptor } from "../../spec/oci-image.ts";
import { familiarString, type Reference, referenceString } from "../../spec/reference.ts";
import { type DeliveredOne, type DeliveryOptions, shownDescriptor } from "./deliver-outputs.ts";
import type { OutputWish } from "./output-wish.ts";
import { type WrittenImage, writeImage } from "./write-image.ts";

/** An OCI layout on the shelf; for `docker` with the list by which its older readers go. */
export async function writeArchive(
  { parts, shelf, observer, signal, images }: DeliveryOptions,
  { type, names, form }: Extract<OutputWish, { kind: "archive" }>,
): Promise<DeliveredOne> {
  const task = observer.task(`exporting to ${type} image format`);
  const sink = parts.images.layout({ directory: parts.exports, signal });
  try {
    task.status({ status: "exporting layers" });
    await parts.layers.sync();
    const written = await writeImage({ layers: parts.layers, sink, images, form, names });
    const { configDigest, annotations } = written;
    const top = await sink.manifest(written.mediaType, written.bytes);
    task.status({ status: `exporting manifest ${top.digest}` });
    const beside = type === "docker" ? { "manifest.json": [dockerEntry(written, names)] } : {};
    const output = shelf.put(sink.archive(entries(top, annotations, names), beside));
    task.end();
    const descriptor = shownDescriptor(top, annotations);
    return { output, descriptor, ...(configDigest !== undefined && { configDigest }) };
  } catch (error) {
    await sink.discard();
    task.end(error);
    throw error;
  }
}

/** One for each name. */
function entries(
  top: Descriptor,
  annotations: Record<string, string>,
  names: readonly Reference[],
): Descriptor[] {
  if (names.length === 0) return [shownDescriptor(top, annotations)];
  return names.map((name) => {
    const named = {
      "io.containerd.image.name": referenceString(name),
      "org.opencontainers.image.ref.name": name.tag ?? "latest",
    };
    return shownDescriptor(top, { ...annotations, ...named });
  });
}

/** Docker's image specification v1.2, "Combined Image JSON + Filesystem Changeset Format". */
function dockerEntry({ configDigest, layers }: WrittenImage, names: readonly Reference[]): object {
  return {
    Config: configDigest === undefined ? "" : blobPath(configDigest),
    RepoTags: names.length > 0 ? names.map(familiarString) : null,
    Layers: layers.map(({ digest }) => blobPath(digest)),
  };
}

function blobPath(digest: Digest): string {
  return `blobs/sha256/${digestHex(digest)}`;
}
