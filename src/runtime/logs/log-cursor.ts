import { type FSWatcher, watch } from "node:fs";
import { errnoOf } from "../../base/errors.ts";
import type { Place } from "./find-place.ts";
import type { LogDirectory } from "./log-directory.ts";
import { type LogSource, openSegment } from "./log-source.ts";

const blockBytes = 256 * 1024;
/** fs.watch may miss the last event of a burst: the log is looked at besides. */
const lookEveryMs = 200;

export interface Following {
  signal: AbortSignal;
  /** Settles when nothing more will be written. */
  ended: Promise<unknown>;
}

/** A place in a log that goes on through its segments, also while they are made, compressed and removed. */
export class LogCursor implements Disposable {
  readonly #log: LogDirectory;
  #segment: number;
  #source: LogSource | undefined;
  #position: number;

  constructor(log: LogDirectory, { segment, offset }: Place) {
    this.#log = log;
    this.#segment = segment;
    this.#position = offset;
    this.#source = this.#open(segment);
  }

  get place(): Place {
    return { segment: this.#segment, offset: this.#position };
  }

  /** What has been written, in blocks, up to now. The buffer of a block is its receiver's. */
  *blocks(): Generator<Buffer> {
    for (;;) {
      const block = Buffer.allocUnsafe(blockBytes);
      const length = this.#source?.read(this.#position, block) ?? 0;
      this.#position += length;
      if (length > 0) yield block.subarray(0, length);
      else if (!this.#goOn()) return;
    }
  }

  /** Resolves at once when there is more to read, else when there may be. False once there never will be. */
  async grown(following: Following): Promise<boolean> {
    let ended = false;
    void following.ended.then(() => (ended = true)).catch(() => (ended = true));
    // Lets an end that is already known be seen before anything is waited for.
    await Promise.resolve();
    while (!following.signal.aborted) {
      if (this.#hasMore()) return true;
      if (ended) return false;
      await this.#change(following);
    }
    return false;
  }

  [Symbol.dispose](): void {
    this.#source?.[Symbol.dispose]();
    this.#source = undefined;
  }

  #hasMore(): boolean {
    if ((this.#source?.sizeBytes ?? 0) > this.#position) return true;
    return this.#log.segments().some(({ number }) => number > this.#segment);
  }

  /** Goes over to the next segment. Answers false at the end of the log. */
  #goOn(): boolean {
    const next = this.#log.segments().find(({ number }) => number > this.#segment);
    if (next === undefined) return false;
    // Since there is a next one, this one is complete: what came after it was last read counts still.
    if ((this.#source?.sizeBytes ?? 0) > this.#position) return true;
    this.#source?.[Symbol.dispose]();
    this.#segment = next.number;
    this.#position = 0;
    this.#source = this.#open(next.number);
    return true;
  }

  /** Undefined where it is gone: the log goes on with the next one. */
  #open(wanted: number): LogSource | undefined {
    // Compressed between two looks, it has another name.
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const segment = this.#log.segments().find(({ number }) => number === wanted);
      if (segment === undefined) return undefined;
      try {
        return openSegment(segment);
      } catch (error) {
        if (errnoOf(error) !== "ENOENT") throw error;
      }
    }
    return undefined;
  }

  async #change({ signal, ended }: Following): Promise<void> {
    let watcher: FSWatcher | undefined;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      const wake = () => resolve();
      watcher = watch(this.#log.path, wake);
      timer = setInterval(() => this.#hasMore() && wake(), lookEveryMs);
      signal.addEventListener("abort", wake, { once: true });
      ended.then(wake, wake);
      if (this.#hasMore()) wake();
    });
    watcher?.close();
    clearInterval(timer);
  }
}
