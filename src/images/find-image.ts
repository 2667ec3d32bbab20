import { EngineError } from "../base/errors.ts";
import { type Digest, isDigest } from "../spec/digest.ts";
import {
  familiarString,
  isFullId,
  isTag,
  parseReference,
  type Reference,
  withDefaultTag,
} from "../spec/reference.ts";
import { chainIdsOf } from "../store/layers/chain-id.ts";
import { parseImageConfig } from "./image-config.ts";
import type { ImageRoom } from "./image-room.ts";

/** The image that `text` names: a full id, a name, a digest in a repository, or a unique id prefix, in that order. */
export function findImage(room: ImageRoom, text: string): Digest {
  const id = fullId(text);
  if (id !== undefined) {
    if (room.records.get(id) === undefined && finishDraft(room, id) === undefined) throw noSuchImage(id);
    return id;
  }
  const reference = parseReference(text);
  const found = room.records.lookup(reference) ?? searchById(room, text) ?? finishDraft(room, text);
  if (found === undefined) throw noSuchImage(familiarString(withDefaultTag(reference)));
  return found;
}

/** The one image whose id begins with `text`. */
export function searchById(room: ImageRoom, text: string): Digest | undefined {
  const prefix = text.replace(/^sha256:/, "");
  if (!/^[0-9a-f]{1,64}$/.test(prefix)) return undefined;
  const found = room.records.search(prefix);
  return found.length === 1 ? found[0] : undefined;
}

/** Makes a build's draft an image, if `text` is its id or the beginning of that, and its layers are still here. */
function finishDraft(room: ImageRoom, text: string): Digest | undefined {
  const prefix = text.replace(/^sha256:/, "");
  const bytes = /^[0-9a-f]{6,64}$/.test(prefix) ? room.drafts.find(prefix) : undefined;
  if (bytes === undefined) return undefined;
  const top = chainIdsOf(parseImageConfig(Buffer.from(bytes)).rootfs.diff_ids).at(-1);
  return top === undefined || room.layers.get(top) !== undefined ? room.add(bytes) : undefined;
}

/** Whether `text` is an id or its beginning rather than a name, once it has led to `id`. */
export function isIdPrefix(id: Digest, text: string): boolean {
  return id.startsWith(text) || id.slice("sha256:".length).startsWith(text);
}

export function noSuchImage(name: string): EngineError {
  return new EngineError("not-found", `No such image: ${name}`);
}

/** 64 hexadecimal digits, or a digest: nothing but an id. */
export function fullId(text: string): Digest | undefined {
  const digest = isFullId(text) ? `sha256:${text}` : text;
  return isDigest(digest) ? digest : undefined;
}

/** `repository` and `tag` of a request as one reference with a tag. Undefined for an empty repository. */
export function taggedReference(repository: string, tag: string, refusal: string): Reference | undefined {
  if (repository === "") return undefined;
  const reference = parseReference(repository);
  if (reference.digest !== undefined) throw new EngineError("invalid", refusal);
  if (reference.domain === "docker.io" && reference.path === "library/sha256")
    throw new EngineError("invalid", "refusing to create an ambiguous tag using digest algorithm as name");
  if (tag === "") return withDefaultTag(reference);
  if (!isTag(tag)) throw new EngineError("invalid", "invalid tag format");
  return { ...reference, tag };
}
