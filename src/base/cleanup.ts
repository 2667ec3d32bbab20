type Undo = () => void | Promise<void>;

/**
 * Undo steps in the order they were earned, run last first. While a multi-step operation goes on it collects one
 * step for each thing taken (mount, address, process, directory); on failure `run` gives everything back, on
 * success `keep` forgets them. Every step runs even when another fails.
 */
export class Cleanup implements AsyncDisposable {
  #steps: { what: string; undo: Undo }[] = [];
  readonly #onError: (what: string, error: unknown) => void;

  constructor(onError: (what: string, error: unknown) => void) {
    this.#onError = onError;
  }

  /** Remembers how to give back `what`. */
  add(what: string, undo: Undo): void {
    this.#steps.push({ what, undo });
  }

  /** Forgets every step: the operation succeeded and its results stay. */
  keep(): void {
    this.#steps = [];
  }

  /** Runs every step, last first; a step's failure is reported, never thrown. */
  async run(): Promise<void> {
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step.undo();
      } catch (error) {
        this.#onError(step.what, error);
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.run();
  }
}
