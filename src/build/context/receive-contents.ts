import { EngineError } from "../../base/errors.ts";
import type { Content, ContentStore, ContentWriter } from "./content-store.ts";

const headerBytes = 8;

/**
 * Takes file contents one after another, each behind its length in 8 bytes, big end first. They must come in the order
 * `wanted` says and hash to what it says: a file that changed while it was read is refused (`conflict`).
 */
export async function receiveContents(
  body: AsyncIterable<Uint8Array>,
  wanted: readonly Content[],
  store: ContentStore,
  signal: AbortSignal,
): Promise<void> {
  const receiver = new Receiver(wanted, store);
  try {
    for await (const chunk of body) {
      signal.throwIfAborted();
      receiver.push(chunk);
    }
    receiver.end();
  } finally {
    receiver.discard();
  }
}

class Receiver {
  readonly #wanted: readonly Content[];
  readonly #store: ContentStore;
  readonly #header = Buffer.alloc(headerBytes);
  #headerFill = 0;
  #left = 0;
  #done = 0;
  #writer: ContentWriter | undefined;

  constructor(wanted: readonly Content[], store: ContentStore) {
    this.#wanted = wanted;
    this.#store = store;
  }

  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; )
      at +=
        this.#writer === undefined
          ? this.#takeHeader(chunk.subarray(at))
          : this.#takeContent(chunk.subarray(at));
  }

  end(): void {
    if (this.#done !== this.#wanted.length || this.#headerFill > 0)
      throw new EngineError("invalid", "the contents of the context ended early");
  }

  discard(): void {
    this.#writer?.discard();
  }

  #takeHeader(bytes: Uint8Array): number {
    const taken = Math.min(headerBytes - this.#headerFill, bytes.length);
    this.#header.set(bytes.subarray(0, taken), this.#headerFill);
    this.#headerFill += taken;
    if (this.#headerFill < headerBytes) return taken;
    this.#headerFill = 0;
    this.#left = Number(this.#header.readBigUInt64BE());
    if (this.#done === this.#wanted.length)
      throw new EngineError("invalid", "more contents than were asked for");
    this.#writer = this.#store.writer();
    if (this.#left === 0) this.#finish();
    return taken;
  }

  #takeContent(bytes: Uint8Array): number {
    const taken = Math.min(this.#left, bytes.length);
    this.#writer?.write(bytes.subarray(0, taken));
    this.#left -= taken;
    if (this.#left === 0) this.#finish();
    return taken;
  }

  #finish(): void {
    const wanted = this.#wanted[this.#done++];
    const content = this.#writer?.finish();
    this.#writer = undefined;
    if (content?.sha256 !== wanted?.sha256)
      throw new EngineError("conflict", "a file of the context changed while it was sent; build again");
  }
}
