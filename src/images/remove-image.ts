import { EngineError } from "../base/errors.ts";
import { shortId } from "../base/ids.ts";
import type { ImageDeleteResponseItem } from "../spec/api/image.ts";
import type { Digest } from "../spec/digest.ts";
import {
  familiarString,
  fullName,
  parseReference,
  type Reference,
  withDefaultTag,
} from "../spec/reference.ts";
import { findImage, isIdPrefix } from "./find-image.ts";
import type { ImageRoom } from "./image-room.ts";

export interface RemoveOptions {
  force: boolean;
  noPrune: boolean;
}

/**
 * Docker's rules: a name only unties that name while there are others; the last name, or the id, removes the image,
 * unless something needs it; then its unnamed parents go, too.
 */
export async function removeImage(
  room: ImageRoom,
  text: string,
  options: RemoveOptions,
): Promise<ImageDeleteResponseItem[]> {
  const id = findImage(room, text);
  const removal = new Removal(room, options);
  if (isIdPrefix(id, text)) {
    removal.untagOnly(id);
    await removal.remove(id, { ...options, quiet: false });
  } else if (removal.untagByName(id, text)) await removal.remove(id, { ...options, quiet: true });
  return removal.items;
}

interface Step extends RemoveOptions {
  /** A conflict ends the removal without a word: the names asked for are gone already. */
  quiet: boolean;
}

/** What stands against a removal. */
interface Conflict {
  /** Not to be forced. */
  hard: boolean;
  /** A container uses the image. */
  used: boolean;
  message: string;
}

class Removal {
  readonly items: ImageDeleteResponseItem[] = [];
  readonly #room: ImageRoom;
  readonly #force: boolean;

  constructor(room: ImageRoom, { force }: RemoveOptions) {
    this.#room = room;
    this.#force = force;
  }

  /** By id: one single name may go together with the image. */
  untagOnly(id: Digest): void {
    const references = this.#room.records.references(id);
    if (!isSingleReference(references)) return;
    const conflict = this.#conflict(id, { soft: !this.#force, references: false });
    if (conflict !== undefined) throw conflictError(id, conflict);
    for (const reference of references) this.#untag(id, reference, true);
  }

  /** By name: answers whether that was the image's last one. */
  untagByName(id: Digest, text: string): boolean {
    const { records } = this.#room;
    const user = this.#room.users().find((candidate) => candidate.imageId === id);
    if (!this.#force && isSingleReference(records.references(id)) && user !== undefined) {
      throw new EngineError(
        "conflict",
        `conflict: unable to remove repository reference ${JSON.stringify(text)} (must force) - container ` +
          `${shortId(user.containerId)} is using its referenced image ${shortId(id)}`,
      );
    }
    const reference = withDefaultTag(parseReference(text));
    this.#untag(id, reference, true);
    if (reference.digest === undefined) this.#untagDigestsOf(id, reference);
    return records.references(id).length === 0;
  }

  /** With a repository's last tag its digests go: nobody could name them any more. */
  #untagDigestsOf(id: Digest, removed: Reference): void {
    const rest = this.#room.records
      .references(id)
      .filter((reference) => fullName(reference) === fullName(removed));
    if (rest.some((reference) => reference.digest === undefined)) return;
    for (const reference of rest) this.#untag(id, reference, false);
  }

  async remove(id: Digest, step: Step): Promise<void> {
    const { records } = this.#room;
    const conflict = this.#conflict(id, { soft: !step.force, references: !step.force });
    if (conflict !== undefined) {
      const dangling = records.references(id).length === 0 && records.children(id).length === 0;
      if (step.quiet && (!dangling || conflict.used)) return;
      throw conflictError(id, conflict);
    }
    const parent = records.get(id)?.parent;
    for (const reference of records.references(id)) this.#untag(id, reference, true);
    const freed = await this.#room.drop(id);
    this.#room.publish("delete", id);
    this.items.push({ Deleted: id }, ...freed.map((chainId) => ({ Deleted: chainId })));
    if (step.noPrune || parent === undefined || records.get(parent) === undefined) return;
    await this.remove(parent, { force: false, noPrune: false, quiet: true });
  }

  #untag(id: Digest, reference: Reference, announce: boolean): void {
    this.#room.records.removeReference(reference);
    this.items.push({ Untagged: familiarString(reference) });
    if (announce) this.#room.publish("untag", id);
  }

  /** The first reason against removing the image; `soft` ones can be forced. */
  #conflict(id: Digest, ask: { soft: boolean; references: boolean }): Conflict | undefined {
    const { records } = this.#room;
    const users = this.#room.users().filter((user) => user.imageId === id);
    const running = users.find((user) => user.running);
    const stopped = users.find((user) => !user.running);
    if (records.children(id).length > 0)
      return { hard: true, used: false, message: "image has dependent child images" };
    if (running !== undefined) {
      const message = `image is being used by running container ${shortId(running.containerId)}`;
      return { hard: true, used: true, message };
    }
    if (ask.references && records.references(id).length > 0)
      return { hard: false, used: false, message: "image is referenced in multiple repositories" };
    if (ask.soft && stopped !== undefined) {
      const message = `image is being used by stopped container ${shortId(stopped.containerId)}`;
      return { hard: false, used: true, message };
    }
    return undefined;
  }
}

function conflictError(id: Digest, { hard, message }: Conflict): EngineError {
  const force = hard ? "cannot be forced" : "must be forced";
  return new EngineError("conflict", `conflict: unable to delete ${shortId(id)} (${force}) - ${message}`);
}

/** All names are in one repository, and at most one of them is a tag. */
function isSingleReference(references: readonly Reference[]): boolean {
  const tags = references.filter((reference) => reference.digest === undefined);
  const repositories = new Set(references.map(fullName));
  return references.length > 0 && tags.length <= 1 && repositories.size === 1;
}
