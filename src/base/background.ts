/**
 * Work that a reply need not wait for (unmounting, deleting a namespace), kept track of so that a clean end of the
 * engine can wait for it.
 */
export class Background {
  readonly #running = new Set<Promise<void>>();
  readonly #onError: (what: string, error: unknown) => void;

  constructor(onError: (what: string, error: unknown) => void) {
    this.#onError = onError;
  }

  /** Starts `task`; its failure is reported under `what`. */
  start(what: string, task: () => Promise<void>): void {
    const running = task()
      .catch((error: unknown) => this.#onError(what, error))
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Resolves when nothing runs any more. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}
