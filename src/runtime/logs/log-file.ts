import { closeSync, type FSWatcher, fstatSync, openSync, readSync, statSync, watch } from "node:fs";
import { dirname } from "node:path";
import { errnoOf } from "../../base/errors.ts";

const blockBytes = 256 * 1024;
/** fs.watch may miss the last event of a burst: the size is looked at besides. */
const lookEveryMs = 200;

export interface Following {
  signal: AbortSignal;
  /** Settles when nothing more will be written. */
  ended: Promise<unknown>;
}

/** A log file that may still grow, and that conmon replaces by a new one under the same name when it is full. */
export class LogFile implements Disposable {
  readonly #path: string;
  #fd: number;
  #position: number;

  private constructor(path: string, fd: number, position: number) {
    this.#path = path;
    this.#fd = fd;
    this.#position = position;
  }

  /** Undefined where no log was ever written. */
  static open(
    path: string,
    startAt: (fd: number, sizeBytes: number) => number = () => 0,
  ): LogFile | undefined {
    const fd = openIfThere(path);
    if (fd === undefined) return undefined;
    return new LogFile(path, fd, startAt(fd, fstatSync(fd).size));
  }

  /** What has been written, in blocks, up to now. The buffer of a block is its receiver's. */
  *blocks(): Generator<Buffer> {
    for (;;) {
      const block = Buffer.allocUnsafe(blockBytes);
      const length = readSync(this.#fd, block, 0, blockBytes, this.#position);
      this.#position += length;
      if (length > 0) yield block.subarray(0, length);
      if (length < blockBytes && !this.#replaced()) return;
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
    closeSync(this.#fd);
  }

  #hasMore(): boolean {
    return fstatSync(this.#fd).size > this.#position || this.#isReplaced();
  }

  #isReplaced(): boolean {
    try {
      return statSync(this.#path).ino !== fstatSync(this.#fd).ino;
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return false;
      throw error;
    }
  }

  /** Goes over to the new file once the old one is read to its end. */
  #replaced(): boolean {
    if (!this.#isReplaced()) return false;
    const next = openIfThere(this.#path);
    if (next === undefined) return false;
    closeSync(this.#fd);
    this.#fd = next;
    this.#position = 0;
    return true;
  }

  async #change({ signal, ended }: Following): Promise<void> {
    let watcher: FSWatcher | undefined;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      const wake = () => resolve();
      // The directory, since the file may be replaced.
      watcher = watch(dirname(this.#path), wake);
      timer = setInterval(() => this.#hasMore() && wake(), lookEveryMs);
      signal.addEventListener("abort", wake, { once: true });
      ended.then(wake, wake);
      if (this.#hasMore()) wake();
    });
    watcher?.close();
    clearInterval(timer);
  }
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, "r");
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
