import { EngineError } from "../../base/errors.ts";
import { formatBytes } from "../../spec/size.ts";
import type { Background } from "../../base/background.ts";
import type { Log } from "../../base/log.ts";
import type { Digest } from "../../spec/digest.ts";
import { familiarString } from "../../spec/reference.ts";
import type { ImageRoom } from "../image-room.ts";
import { removeImage } from "../remove-image.ts";
import { droppableForms } from "./compressed-forms.ts";
import { type Eviction, planEviction } from "./plan-eviction.ts";

/** What counts besides images, and goes before them: the builder's caches. */
export interface BuildCaches {
  /** What they take on the disk besides layers. */
  bytesBesideLayers(): Promise<number>;
  /** Forgets those unused longest that nothing needs, until about `bytes` are freed; answers how much that was. */
  free(bytes: number): Promise<number>;
}

export interface BudgetParts {
  /** What images and the builder's caches may take on the disk; undefined: as much as there is. */
  maxBytes: () => number | undefined;
  /** Absent: nothing is built here. */
  caches?: BuildCaches;
  background: Background;
  log: Log;
}

/**
 * Keeps what images and the builder's caches take on the disk within a budget, after each image that comes. What is lost
 * most cheaply goes first: compressed forms of layers, then the builder's caches, then images; of each what is unused
 * longest and nothing needs. The log and the events tell what went and why. Who asked for the new image does not wait for it.
 */
export class StorageBudget {
  readonly #room: ImageRoom;
  readonly #parts: BudgetParts;
  /** Came since the last look: not to be taken away before anybody could use them. */
  readonly #fresh = new Set<Digest>();
  #looking = false;

  constructor(room: ImageRoom, parts: BudgetParts) {
    this.#room = room;
    this.#parts = parts;
    room.onAdded = (id) => this.added(id);
  }

  added(id: Digest): void {
    if (this.#parts.maxBytes() === undefined) return;
    this.#fresh.add(id);
    this.check();
  }

  /** Looks whether the budget is kept, behind whatever goes on. */
  check(): void {
    if (this.#looking || this.#parts.maxBytes() === undefined) return;
    this.#looking = true;
    this.#parts.background.start("keep the storage budget", () => this.#keep());
  }

  async #keep(): Promise<void> {
    try {
      // The operation that brought the image is to give it its names, and its leases back, first.
      await new Promise((resolve) => setImmediate(resolve));
      const spared = new Set(this.#fresh);
      this.#fresh.clear();
      await this.#evict(spared);
    } finally {
      this.#looking = false;
      if (this.#fresh.size > 0) this.check();
    }
  }

  async #evict(spared: ReadonlySet<Digest>): Promise<void> {
    const maxBytes = this.#parts.maxBytes() ?? Number.POSITIVE_INFINITY;
    this.#dropForms((await this.#bytesOnDisk()) - maxBytes);
    await this.#freeCaches((await this.#bytesOnDisk()) - maxBytes);
    let now = await this.#bytesOnDisk();
    // Where images share files the first frees less than was planned: then more have to go.
    for (let before = Number.POSITIVE_INFINITY; now > maxBytes && now < before; ) {
      before = now;
      for (const eviction of this.#plan(spared, before - maxBytes)) await this.#remove(eviction, maxBytes);
      now = await this.#bytesOnDisk();
    }
    if (now > maxBytes)
      this.#parts.log.warn(
        `images and build cache take ${formatBytes(now)}, more than the storage budget of ${formatBytes(maxBytes)}: all that are left are in use or new`,
      );
  }

  async #bytesOnDisk(): Promise<number> {
    return this.#room.bytesOnDisk() + ((await this.#parts.caches?.bytesBesideLayers()) ?? 0);
  }

  #dropForms(excessBytes: number): void {
    let [freedBytes, count] = [0, 0];
    for (const { chainId } of excessBytes > 0 ? droppableForms(this.#room) : []) {
      if (freedBytes >= excessBytes) break;
      freedBytes += this.#room.layers.dropBlob(chainId);
      count += 1;
    }
    const what = count === 1 ? "form of one layer" : `forms of ${count} layers`;
    this.#tell(`let go of the compressed ${what}`, freedBytes);
  }

  async #freeCaches(excessBytes: number): Promise<void> {
    if (excessBytes <= 0 || this.#parts.caches === undefined) return;
    this.#tell("removed build cache", await this.#parts.caches.free(excessBytes));
  }

  #tell(what: string, freedBytes: number): void {
    if (freedBytes <= 0) return;
    const attributes = { reason: "storage budget", freed: String(freedBytes) };
    this.#parts.log.info(
      `${what} to keep the storage budget: it freed ${formatBytes(freedBytes)}`,
      attributes,
    );
  }

  #plan(spared: ReadonlySet<Digest>, excessBytes: number): Eviction[] {
    const room = this.#room;
    if (excessBytes <= 0) return [];
    const images = room.list().map(({ id, lastUsedMs, lastTaggedMs }) => ({
      id,
      lastUsedMs: Math.max(lastUsedMs ?? 0, lastTaggedMs ?? 0),
      needed: spared.has(id) || this.#isNeeded(id),
      layers: room.layersOf(id).map(({ chainId }) => chainId),
    }));
    return planEviction(images, room.layers.bytesOnDisk(), excessBytes);
  }

  #isNeeded(id: Digest): boolean {
    const { records, users } = this.#room;
    if (this.#room.isHeld(id) || records.children(id).length > 0) return true;
    return users().some(({ imageId }) => imageId === id);
  }

  /** What has come to be needed since the plan was made stays. */
  async #remove({ id, lastUsedMs }: Eviction, maxBytes: number): Promise<void> {
    const room = this.#room;
    if (room.records.get(id) === undefined || this.#isNeeded(id)) return;
    const names = room.records.references(id).map(familiarString);
    const taken = room.bytesOnDisk();
    try {
      await removeImage(room, id, { force: true, noPrune: true });
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      this.#parts.log.error(`cannot remove the image ${id} to keep the storage budget`, error);
      return;
    }
    const freedBytes = taken - room.bytesOnDisk();
    const attributes = {
      reason: "storage budget",
      names: names.join(" "),
      freed: String(freedBytes),
      used: String(taken),
      max: String(maxBytes),
    };
    room.publishEviction(id, attributes);
    this.#parts.log.info(
      `removed the image ${names[0] ?? id} to keep the storage budget: it freed ${formatBytes(freedBytes)}`,
      { ...attributes, id, lastUsed: new Date(lastUsedMs).toISOString() },
    );
  }
}
