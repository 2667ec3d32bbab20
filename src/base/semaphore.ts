/** Lets so many through at a time; the others wait in the order they came. */
export class Semaphore {
  readonly #limit: () => number;
  #inside = 0;
  readonly #waiting: (() => void)[] = [];

  /** `limit` is asked each time: it may change. */
  constructor(limit: () => number) {
    this.#limit = limit;
  }

  /** Whether the next one would have to wait. */
  get isFull(): boolean {
    return this.#inside >= this.#limit();
  }

  /** Runs `task` when there is room. A signal ends the wait, not the task. */
  async run<T>(task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.#enter(signal);
    try {
      return await task();
    } finally {
      this.#inside -= 1;
      this.#admit();
    }
  }

  async #enter(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const abort = () => {
      const index = this.#waiting.indexOf(resolve);
      if (index < 0) return;
      this.#waiting.splice(index, 1);
      reject(signal?.reason);
    };
    this.#waiting.push(resolve);
    signal?.addEventListener("abort", abort, { once: true });
    this.#admit();
    try {
      await promise;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  #admit(): void {
    while (!this.isFull) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#inside += 1;
      next();
    }
  }
}
