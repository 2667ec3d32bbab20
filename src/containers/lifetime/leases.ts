import { EngineError } from "../../base/errors.ts";
import { newId, shortId } from "../../base/ids.ts";

/** What a client holds as long as it lives. */
export interface Lease {
  id: string;
  /** The client is gone: resolves when all that was made under the lease is. */
  release(): Promise<void>;
}

/** Names become file names and label values. */
const validId = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,63}$/;
/** How long a client may take to come back after the engine was away. */
const reclaimMs = 10_000;

/** The leases that clients hold now. What carries the label of one goes when nobody holds it any more. */
export class Leases {
  readonly #end: (id: string) => Promise<void>;
  readonly #held = new Set<string>();
  readonly #unclaimed = new Map<string, NodeJS.Timeout>();
  #leaving = false;

  /** `end` removes all that was made under a lease. */
  constructor(end: (id: string) => Promise<void>) {
    this.#end = end;
  }

  /** Throws `conflict` while another client holds it. */
  open(id = shortId(newId())): Lease {
    if (!validId.test(id)) throw new EngineError("invalid", `invalid lease id: ${JSON.stringify(id)}`);
    if (this.#held.has(id)) throw new EngineError("conflict", `lease ${id} is held by another client`);
    clearTimeout(this.#unclaimed.get(id));
    this.#unclaimed.delete(id);
    this.#held.add(id);
    return { id, release: () => this.end(id) };
  }

  isHeld(id: string): boolean {
    return this.#held.has(id);
  }

  /** Throws `conflict` unless somebody holds it: what is made would never go. */
  assertHeld(id: string): void {
    if (this.isHeld(id)) return;
    throw new EngineError("conflict", `nobody holds the lease ${id}: open it first by POST /leases?id=${id}`);
  }

  /** Ends it now. Nothing happens for one that is over, nor while the engine itself goes. */
  async end(id: string): Promise<void> {
    if (this.#leaving || !this.#held.delete(id)) return;
    await this.#end(id);
  }

  /** Found after a start: who held it may come back for a while. */
  adopt(id: string): void {
    if (this.#held.has(id) || this.#unclaimed.has(id)) return;
    const timer = setTimeout(() => {
      this.#unclaimed.delete(id);
      void this.#end(id);
    }, reclaimMs);
    this.#unclaimed.set(id, timer);
  }

  /** From now on clients go because the engine does. */
  leave(): void {
    this.#leaving = true;
    for (const timer of this.#unclaimed.values()) clearTimeout(timer);
    this.#unclaimed.clear();
  }
}
