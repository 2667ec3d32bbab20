import { newId } from "../base/ids.ts";
import type { BuildParts, Snapshot } from "./ops/build-parts.ts";

/** Keeps the layers of a build's results from being freed. */
export class Leases {
  readonly #parts: BuildParts;
  readonly #user = `lease:${newId()}`;
  readonly #held = new Set<NonNullable<Snapshot["chainId"]>>();

  constructor(parts: BuildParts) {
    this.#parts = parts;
  }

  take({ chainId }: Snapshot): void {
    if (chainId === undefined || this.#held.has(chainId)) return;
    this.#parts.layers.retain(chainId, this.#user);
    this.#held.add(chainId);
  }

  async end(): Promise<void> {
    for (const chainId of this.#held) await this.#parts.layers.release(chainId, this.#user);
  }
}
