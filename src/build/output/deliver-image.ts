import type { Digest } from "../../spec/digest.ts";
import type { Descriptor } from "../../spec/oci-image.ts";
import { type Reference, referenceString } from "../../spec/reference.ts";
import type { TaskReport } from "../build-service.ts";
import type { DeliveredOne, DeliveryOptions } from "./deliver-outputs.ts";
import type { OutputWish } from "./output-wish.ts";
import { publishImage } from "./publish-image.ts";

type ImageWish = Extract<OutputWish, { kind: "image" }>;

/** Into the image store, if it is one image, and to its registries, if that is asked for. */
export async function storeImage(options: DeliveryOptions, wish: ImageWish): Promise<DeliveredOne> {
  const task = options.observer.task("exporting to image");
  try {
    task.status({ status: "exporting layers" });
    // What an image promises has reached the disk before it has a name.
    await options.parts.layers.sync();
    const imageId = keep(options, wish, task);
    const descriptor = wish.push ? await push(options, wish, task) : undefined;
    task.end();
    return {
      ...(imageId !== undefined && { imageId, configDigest: imageId }),
      ...(descriptor !== undefined && { descriptor }),
    };
  } catch (error) {
    task.end(error);
    throw error;
  }
}

/** Undefined for several: the store holds single images. */
function keep(
  { parts, images }: DeliveryOptions,
  { names }: ImageWish,
  { status }: TaskReport,
): Digest | undefined {
  const [image, ...others] = images;
  if (image === undefined || others.length > 0) return undefined;
  const id = parts.images.add(Buffer.from(JSON.stringify(image.config)));
  status({ status: `writing image ${id}` });
  for (const name of names) {
    parts.images.name(id, name);
    status({ status: `naming to ${referenceString(name)}` });
  }
  return id;
}

/** In Docker's own form, as `push` does it, or else by what was asked for. Answers what the last name stands for. */
async function push(
  options: DeliveryOptions,
  wish: ImageWish,
  task: TaskReport,
): Promise<Descriptor | undefined> {
  const [image, ...others] = options.images;
  const isPlain = wish.form.isPlain && !wish.byDigest && others.length === 0;
  let descriptor: Descriptor | undefined;
  for (const name of wish.names)
    descriptor =
      isPlain && image?.attestation === undefined
        ? await pushPlain(options, name, task)
        : await publishImage(options, wish, name, task);
  return descriptor;
}

async function pushPlain(
  { parts, request, signal }: DeliveryOptions,
  name: Reference,
  { status }: TaskReport,
): Promise<Descriptor | undefined> {
  const credentials = request.credentials?.(name.domain);
  const options = { signal, ...(credentials && { credentials }) };
  return (await parts.images.push(referenceString(name), options, status)).at(-1);
}
