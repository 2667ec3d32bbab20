import { createHash } from "node:crypto";
import type { Digest } from "../../spec/digest.ts";
import type { Descriptor } from "../../spec/oci-image.ts";
import type { Reference } from "../../spec/reference.ts";
import type { TaskReport } from "../build-service.ts";
import { type DeliveryOptions, shownDescriptor } from "./deliver-outputs.ts";
import type { OutputWish } from "./output-wish.ts";
import { writeImage } from "./write-image.ts";

/** Puts an image, or an index of several, into a registry in OCI's form: the name comes last. */
export async function publishImage(
  { parts, request, signal, images }: DeliveryOptions,
  { form, byDigest, names }: Extract<OutputWish, { kind: "image" }>,
  name: Reference,
  { status }: TaskReport,
): Promise<Descriptor> {
  const credentials = request.credentials?.(name.domain);
  const sink = await parts.images.sink(name, { signal, ...(credentials && { credentials }) }, status);
  const { mediaType, bytes, annotations } = await writeImage({
    layers: parts.layers,
    sink,
    images,
    form,
    names,
  });
  const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}` as Digest;
  await sink.tag(byDigest ? digest : (name.tag ?? "latest"), mediaType, bytes);
  status({ status: `pushing manifest for ${name.domain}/${name.path}@${digest}` });
  const [image, ...others] = images;
  if (image !== undefined && others.length === 0) {
    const { id } = parts.images.get(sha256Of(image.config));
    parts.images.name(id, { domain: name.domain, path: name.path, digest });
  }
  return shownDescriptor({ mediaType, digest, size: bytes.length }, annotations);
}

function sha256Of(config: object): string {
  return `sha256:${createHash("sha256").update(JSON.stringify(config)).digest("hex")}`;
}
