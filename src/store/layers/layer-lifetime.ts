import { join } from "node:path";
import { faultPoint } from "../../base/fault.ts";
import type { LayerDirectories } from "./layer-directories.ts";
import type { LayerRecord, LayerRecords } from "./layer-records.ts";
import type { ChainId } from "./layer-store.ts";

/** How long layers live: until no user's record, layer above or work under way needs them. */
export class LayerLifetime {
  readonly #records: LayerRecords;
  readonly #directories: LayerDirectories;
  /** Parents of layers that are being made: used, though no row says so yet. */
  readonly #pins = new Map<ChainId, number>();
  /** Layers whose last reference went while they were pinned. */
  readonly #owed = new Set<ChainId>();

  constructor(records: LayerRecords, directories: LayerDirectories) {
    this.#records = records;
    this.#directories = directories;
  }

  /** Holds a layer that work under way stands on, until as many calls of `unpin`. */
  pin(chainId: ChainId | undefined): void {
    if (chainId === undefined) return;
    this.#records.mustGet(chainId);
    this.#pins.set(chainId, (this.#pins.get(chainId) ?? 0) + 1);
  }

  async unpin(chainId: ChainId | undefined): Promise<void> {
    const pins = chainId === undefined ? undefined : this.#pins.get(chainId);
    if (chainId === undefined || pins === undefined) return;
    if (pins > 1) this.#pins.set(chainId, pins - 1);
    else this.#pins.delete(chainId);
    if (pins === 1 && this.#owed.delete(chainId)) await this.collect(chainId);
  }

  /** Frees the layer if nothing needs it any more, and then its parents likewise. */
  async collect(chainId: ChainId | undefined): Promise<ChainId[]> {
    const removed = this.#records.transaction(() => {
      const found: LayerRecord[] = [];
      for (let next = chainId; next !== undefined; next = found.at(-1)?.parent) {
        const record = this.#records.get(next);
        if (this.#pins.has(next)) this.#owed.add(next);
        if (record === undefined || this.#pins.has(next) || this.#records.isUsed(next)) break;
        this.#records.delete(next);
        found.push(record);
      }
      return found;
    });
    if (removed.length > 0) faultPoint("layer.freed");
    for (const { directory } of removed) {
      this.#directories.remove(join(this.#directories.root, directory));
      faultPoint("layer.trashed");
    }
    return removed.map((record) => record.chainId);
  }
}
