import type { StepContext, WorkEvent } from "./step.ts";

type Listener = (event: WorkEvent) => void;

/** As much of a step's earlier output as a build that joins late still gets to see. */
const replayBytes = 1 << 20;

/**
 * Work under way that several builds may wait for. It is aborted when the last of them has gone; who comes late is told what was
 * printed so far.
 */
export class SharedWork<R> {
  readonly #abort = new AbortController();
  readonly #listeners = new Set<Listener>();
  readonly #told: WorkEvent[] = [];
  #toldBytes = 0;
  #waiting = 0;
  readonly #result: Promise<R>;

  constructor(work: (context: StepContext) => Promise<R>) {
    this.#result = work({
      signal: this.#abort.signal,
      output: (stream, data) => this.#tell({ kind: "output", stream, data }),
      runsIn: (id) => this.#tell({ kind: "runs-in", id }),
    });
    // Those who wait are told; with nobody left there is nobody to tell.
    this.#result.catch(() => {});
  }

  /** Resolves when the work has ended, however. */
  get settled(): Promise<void> {
    return this.#result.then(
      () => {},
      () => {},
    );
  }

  /** Whether it may still be joined. */
  get open(): boolean {
    return !this.#abort.signal.aborted;
  }

  /**
   * The result. On abort this ends only when the work itself has ended, if nobody else waits for it: what it took is given
   * back by then.
   */
  async join(signal: AbortSignal, listener: Listener): Promise<R> {
    this.#waiting += 1;
    for (const event of this.#told) listener(event);
    this.#listeners.add(listener);
    const left = Promise.withResolvers<never>();
    left.promise.catch(() => {});
    const leave = () => {
      this.#waiting -= 1;
      if (this.#waiting === 0) this.#abort.abort(signal.reason);
      else left.reject(signal.reason);
    };
    if (signal.aborted) leave();
    else signal.addEventListener("abort", leave, { once: true });
    try {
      return await Promise.race([this.#result, left.promise]);
    } finally {
      signal.removeEventListener("abort", leave);
      this.#listeners.delete(listener);
    }
  }

  #tell(event: WorkEvent): void {
    if (this.#toldBytes < replayBytes) {
      this.#told.push(event);
      if (event.kind === "output") this.#toldBytes += event.data.length;
    }
    for (const listener of this.#listeners) listener(event);
  }
}
