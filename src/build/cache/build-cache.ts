import { randomBytes } from "node:crypto";
import type { ChainId, LayerStore } from "../../store/layers/layer-store.ts";
import type { Snapshot } from "../ops/build-parts.ts";
import type { CachedResult, NewResult, ResultCache } from "../solver/solver.ts";
import type { Manifest } from "../solver/step.ts";
import type { CacheRecord, CacheRecords } from "./cache-records.ts";

export interface BuildCacheParts {
  records: CacheRecords;
  layers: LayerStore;
  now?: () => number;
}

/** The results of steps that are kept between builds, each holding its layer. */
export class BuildCache implements ResultCache<Snapshot> {
  readonly #records: CacheRecords;
  readonly #layers: LayerStore;
  readonly #now: () => number;

  constructor({ records, layers, now = Date.now }: BuildCacheParts) {
    this.#records = records;
    this.#layers = layers;
    this.#now = now;
  }

  find(key: string): CachedResult<Snapshot> | undefined {
    const record = this.#records.byKey(key);
    if (record === undefined || !this.#isWhole(record)) return undefined;
    return { id: record.id, result: record.snapshot };
  }

  used(id: string, { slot, key, manifest }: { slot: string; key: string; manifest: Manifest }): void {
    this.#records.touch([id], this.#now());
    if (this.#records.slotKey(slot) !== key) this.#records.setSlot(slot, key, manifest, this.#now());
  }

  save({ key, step, manifest, parents, result }: NewResult<Snapshot>): void {
    const nowMs = this.#now();
    const before = this.#records.byKey(key);
    const id = before?.id ?? newRecordId();
    const { chainId } = result;
    if (chainId !== undefined) this.#layers.retain(chainId, userOf(id, chainId));
    const oldChain = before?.snapshot.chainId;
    this.#records.put({
      id,
      key,
      type: step.type,
      description: step.name,
      parents: parents.flatMap((parent) => this.#records.byKey(parent)?.id ?? []),
      snapshot: result,
      sizeBytes: chainId === undefined ? 0 : (this.#layers.get(chainId)?.sizeBytes ?? 0),
      createdMs: nowMs,
      usedMs: nowMs,
      uses: (before?.uses ?? 0) + 1,
    });
    this.#records.setSlot(step.slot, key, manifest, nowMs);
    if (oldChain !== undefined && oldChain !== chainId)
      void this.#layers.release(oldChain, userOf(id, oldChain)).catch(() => {});
  }

  previous(slot: string): Manifest | undefined {
    return this.#records.slot(slot)?.manifest;
  }

  /** Every record, oldest first. */
  list(): CacheRecord[] {
    return this.#records.list();
  }

  /** Forgets records and lets their layers go. Answers once those are out of the way. */
  async drop(records: readonly CacheRecord[]): Promise<void> {
    this.#records.delete(records.map(({ id }) => id));
    for (const { id, snapshot } of records)
      if (snapshot.chainId !== undefined)
        await this.#layers.release(snapshot.chainId, userOf(id, snapshot.chainId));
  }

  /** After a crash: records whose layers are gone, and layers held for records that are gone. */
  async reconcile(): Promise<void> {
    await this.drop(this.#records.list().filter((record) => !this.#isWhole(record)));
    const known = new Set(
      this.#records
        .list()
        .flatMap(({ id, snapshot }) =>
          snapshot.chainId === undefined ? [] : [userOf(id, snapshot.chainId)],
        ),
    );
    for (const { chainId } of this.#layers.list())
      for (const user of this.#layers.users(chainId))
        if (user.startsWith(userPrefix) && !known.has(user)) await this.#layers.release(chainId, user);
  }

  #isWhole({ snapshot: { chainId } }: CacheRecord): boolean {
    return chainId === undefined || this.#layers.get(chainId) !== undefined;
  }
}

const userPrefix = "build-cache:";

function userOf(id: string, chainId: ChainId): string {
  return `${userPrefix}${id}:${chainId.slice(7, 19)}`;
}

/** As BuildKit names its records. */
function newRecordId(): string {
  return BigInt(`0x${randomBytes(17).toString("hex")}`)
    .toString(36)
    .padStart(25, "0")
    .slice(-25);
}
