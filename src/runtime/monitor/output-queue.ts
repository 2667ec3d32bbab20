import type { OutputChunk } from "../runtime-service.ts";

/** Above this the source is paused; below a quarter of it, resumed. */
const highWaterBytes = 256 * 1024;
const lowWaterBytes = highWaterBytes / 4;
/** Small messages are joined up to this, so that a reader wakes less often than the source speaks. */
const maxChunkBytes = 64 * 1024;
const lookEveryMs = 100;

/**
 * Output on its way from a monitor to one reader: bounded, in order, never joined across streams. Iterated once.
 */
export class OutputQueue implements AsyncIterable<OutputChunk>, AsyncIterator<OutputChunk> {
  readonly #pause: () => void;
  readonly #resume: () => void;
  #chunks: OutputChunk[] = [];
  #bytes = 0;
  #paused = false;
  #ended = false;
  #known: Promise<unknown> | undefined;
  #wake: (() => void) | undefined;
  #isSourceDead: () => boolean = () => false;
  #watch: NodeJS.Timeout | undefined;

  constructor(pause: () => void, resume: () => void) {
    this.#pause = pause;
    this.#resume = resume;
  }

  push(chunk: OutputChunk): void {
    if (this.#ended) return;
    this.#chunks.push(chunk);
    this.#bytes += chunk.data.length;
    if (this.#bytes > highWaterBytes && !this.#paused) this.#hold();
    this.#wake?.();
  }

  /** While paused, `isDead` is asked now and then: once it is true, the bound no longer holds. */
  drainWhen(isDead: () => boolean): void {
    this.#isSourceDead = isDead;
  }

  #hold(): void {
    this.#paused = true;
    this.#pause();
    this.#watch = setInterval(() => this.#drainIfDead(), lookEveryMs).unref();
  }

  #release(): void {
    clearInterval(this.#watch);
    this.#resume();
  }

  #drainIfDead(): void {
    // Staying `paused` keeps the bound from being looked at again.
    if (this.#isSourceDead()) this.#release();
  }

  /** What was pushed before is still delivered. */
  end(): void {
    this.#ended = true;
    clearInterval(this.#watch);
    this.#wake?.();
  }

  async next(): Promise<IteratorResult<OutputChunk>> {
    while (this.#chunks.length === 0) {
      if (this.#ended) return this.#finish();
      await new Promise<void>((resolve) => (this.#wake = resolve));
      this.#wake = undefined;
    }
    return { done: false, value: this.#take() };
  }

  /** The iteration's end waits for `known` to settle; a reader who leaves early does not. */
  endAfter(known: Promise<unknown>): void {
    this.#known = known;
  }

  async #finish(): Promise<IteratorResult<OutputChunk>> {
    await this.#known?.catch(() => undefined);
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<OutputChunk>> {
    this.#chunks = [];
    this.end();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): AsyncIterator<OutputChunk> {
    return this;
  }

  /** The first chunks of one stream, joined. */
  #take(): OutputChunk {
    const { stream } = this.#chunks[0] as OutputChunk;
    let count = 0;
    let length = 0;
    for (const chunk of this.#chunks) {
      if (chunk.stream !== stream || (count > 0 && length + chunk.data.length > maxChunkBytes)) break;
      count += 1;
      length += chunk.data.length;
    }
    const taken = this.#chunks.splice(0, count);
    this.#bytes -= length;
    if (this.#paused && this.#bytes < lowWaterBytes) {
      this.#paused = false;
      this.#release();
    }
    const data =
      taken.length === 1 ? (taken[0] as OutputChunk).data : Buffer.concat(taken.map((chunk) => chunk.data));
    return { stream, data };
  }
}
