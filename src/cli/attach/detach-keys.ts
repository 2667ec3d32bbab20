import { messageOf } from "../../base/errors.ts";
import { defaultDetachKeys, parseDetachKeys } from "../../spec/detach-keys.ts";

/** The keys to watch for: the user's, else docker's own when they are bad or absent. */
export function detachSequence(text: string | undefined, warn: (message: string) => void): Uint8Array {
  if (text) {
    try {
      return parseDetachKeys(text);
    } catch (error) {
      warn(`invalid detach escape keys, using default: ${messageOf(error)}`);
    }
  }
  return parseDetachKeys(defaultDetachKeys);
}

/** Watches typed bytes for the detach sequence. A part of it is held back until it is known to be none. */
export class DetachWatcher {
  readonly #keys: Uint8Array;
  #matched = 0;

  constructor(keys: Uint8Array) {
    this.#keys = keys;
  }

  /** What may be sent on; `detached` when the sequence is complete (what follows it is dropped). */
  push(chunk: Uint8Array): { bytes: Uint8Array; detached: boolean } {
    if (this.#matched === 0 && !chunk.includes(this.#keys[0] ?? -1)) return { bytes: chunk, detached: false };
    const out: number[] = [];
    for (const byte of chunk) {
      if (byte !== this.#keys[this.#matched]) {
        out.push(...this.#keys.slice(0, this.#matched));
        this.#matched = 0;
      }
      if (byte !== this.#keys[this.#matched]) {
        out.push(byte);
        continue;
      }
      this.#matched += 1;
      if (this.#matched === this.#keys.length) return { bytes: Uint8Array.from(out), detached: true };
    }
    return { bytes: Uint8Array.from(out), detached: false };
  }
}
