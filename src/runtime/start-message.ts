import type { OutputChunk } from "./runtime-service.ts";

type Output = (stream: OutputChunk["stream"], data: Uint8Array) => void;

/** A runtime that cannot start the process says so, and is gone after a moment. */
const momentMs = 100;

/**
 * A runtime that fails says why in its log, and also where the process would have: there it is taken out again, for the failure tells it
 * anyway. What comes first on standard error is held back for a moment, until it is known whose it is.
 */
export class StartMessage {
  readonly #output: Output;
  readonly #failed: () => boolean;
  #held: Uint8Array | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isOpen = true;

  /** `failed` tells whether the runtime has something in its log. */
  constructor(output: Output, failed: () => boolean) {
    this.#output = output;
    this.#failed = failed;
  }

  readonly output: Output = (stream, data) => {
    if (stream === "stderr" && this.#isOpen) {
      this.#isOpen = false;
      this.#held = data;
      this.#timer = setTimeout(() => {
        if (!this.#failed()) this.#release();
      }, momentMs);
      return;
    }
    this.#isOpen = false;
    this.#release();
    this.#output(stream, data);
  };

  /** Nothing more comes. */
  end(): void {
    if (this.#failed()) this.#held = undefined;
    this.#release();
  }

  #release(): void {
    clearTimeout(this.#timer);
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) this.#output("stderr", held);
  }
}
