import { EngineError } from "../../base/errors.ts";
import type { Semaphore } from "../../base/semaphore.ts";
import type { RegistryClient } from "../../registry/registry-client.ts";
import type { Digest } from "../../spec/digest.ts";
import type { Descriptor } from "../../spec/oci-image.ts";
import { familiarName, fullName, type Reference } from "../../spec/reference.ts";
import type { ImageRoom } from "../image-room.ts";
import type { Progress } from "../image-service.ts";
import { remoteError } from "../remote-error.ts";
import { Push, type PushOptions } from "./push-image.ts";

export interface PushParts {
  room: ImageRoom;
  registry: RegistryClient;
  /** Shared by all pushes. */
  slots: Semaphore;
}

/** Pushes what `reference` names; without a tag, every tag of the repository. Answers the manifests. */
export async function pushImages(
  parts: PushParts,
  reference: Reference,
  options: PushOptions,
  progress: Progress,
): Promise<Descriptor[]> {
  progress({ status: `The push refers to repository [${fullName(reference)}]` });
  const wanted = localTags(parts.room, reference);
  const repository = await parts.registry.writer(reference, options.credentials);
  const pushed: Descriptor[] = [];
  for (const { tag, id } of wanted) {
    const push = new Push({ ...parts, repository, options, progress }, { ...reference, tag }, id);
    try {
      pushed.push(await push.run());
    } catch (error) {
      if (options.signal?.aborted === true) throw new EngineError("cancelled", "context canceled", error);
      throw remoteError(error);
    }
  }
  return pushed;
}

function localTags(room: ImageRoom, reference: Reference): { tag: string; id: Digest }[] {
  const tags = room.records
    .inRepository(fullName(reference))
    .flatMap(({ reference: { tag }, id }) => (tag === undefined ? [] : [{ tag, id }]))
    .filter(({ tag }) => reference.tag === undefined || tag === reference.tag);
  if (tags.length > 0) return tags;
  throw new EngineError(
    "not-found",
    `An image does not exist locally with the tag: ${familiarName(reference)}`,
  );
}
