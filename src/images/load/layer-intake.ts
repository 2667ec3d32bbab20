import { createHash, type Hash } from "node:crypto";
import { Readable } from "node:stream";
import { EngineError } from "../../base/errors.ts";
import type { Digest } from "../../spec/digest.ts";
import { compressionOf } from "../../store/archive/decompress.ts";
import { isZeroBlock, parseHeaderBlock } from "../../store/archive/header-block.ts";
import { blockBytes } from "../../store/archive/tar-entry.ts";
import type { Layer, LayerStore } from "../../store/layers/layer-store.ts";
import { LooseLayer } from "../loose-layer.ts";

/** How much of a layer may wait for its unpacking before the archive is read on. */
const windowBytes = 4 << 20;

/** Whether a file that begins so is a layer: compressed, or a tar. */
export function looksLikeLayer(head: Buffer): boolean {
  if (compressionOf(head) !== "none") return true;
  if (head.length < blockBytes) return false;
  const block = head.subarray(0, blockBytes);
  if (isZeroBlock(block)) return true;
  try {
    parseHeaderBlock(block);
    return true;
  } catch {
    return false;
  }
}

/** What a file of an archive turned out to be. */
export interface TakenLayer {
  layer: LooseLayer;
  /** The file as it stood in the archive, compressed or not. */
  blob: { digest: Digest; sizeBytes: number };
}

/** Takes a layer out of an archive piece by piece, while it is unpacked and summed. */
export class LayerIntake {
  readonly #unpacked: Promise<LooseLayer>;
  readonly #source: Readable;
  /** None for a plain tar that is unpacked: its sum is taken there. */
  readonly #hash: Hash | undefined;
  /** The file's own digest, where it was taken; known once the file is over. */
  digest: Digest | undefined;
  #sizeBytes = 0;
  #wake: (() => void) | undefined;

  /** `head` is the file's first piece. With `known`, the layer is here already: only its sum is taken. */
  constructor(layers: LayerStore, head: Buffer, known: Layer | undefined, signal: AbortSignal | undefined) {
    this.#source = new Readable({ highWaterMark: windowBytes, read: () => this.#wake?.() });
    this.#source.on("error", () => {});
    this.#source.on("close", () => this.#wake?.());
    const plain = known === undefined && compressionOf(head) === "none";
    this.#hash = plain ? undefined : createHash("sha256");
    this.#unpacked =
      known === undefined
        ? layers.stage(this.#source, signal ? { signal } : {}).then((staged) => new LooseLayer(staged))
        : this.#drain().then(() => new LooseLayer(known));
    // Asked for when the file is over; a failure until then is no accident, but nothing more need come.
    this.#unpacked.catch(() => this.#source.destroy());
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Keeps `bytes` until they are unpacked: nobody may write to them. */
  push(bytes: Buffer): void {
    this.#hash?.update(bytes);
    this.#sizeBytes += bytes.length;
    if (!this.#source.destroyed) this.#source.push(bytes);
  }

  /** Resolves when more may come. */
  async ready(): Promise<void> {
    while (!this.#source.destroyed && this.#source.readableLength >= windowBytes)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
  }

  /** The file is over. */
  async finish(): Promise<TakenLayer> {
    if (!this.#source.destroyed) this.#source.push(null);
    if (this.#hash !== undefined) this.digest = `sha256:${this.#hash.digest("hex")}` as Digest;
    const layer = await this.#unpacked;
    return { layer, blob: { digest: this.digest ?? layer.diffId, sizeBytes: this.#sizeBytes } };
  }

  /** The archive itself failed: nothing of this layer stays. */
  async abandon(): Promise<void> {
    this.#source.destroy(new EngineError("invalid", "unexpected EOF"));
    const layer = await this.#unpacked.catch(() => undefined);
    await layer?.discard();
  }

  async #drain(): Promise<void> {
    for await (const _chunk of this.#source);
  }
}
