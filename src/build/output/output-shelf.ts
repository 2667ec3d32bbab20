import type { Readable } from "node:stream";
import { newId } from "../../base/ids.ts";
import { EngineError } from "../../base/errors.ts";

/** How long a result waits to be fetched. */
const patienceMs = 10 * 60_000;

/** A build's result that its client fetches: a file tree or an archive. */
export interface Output {
  /** Called at most once. */
  open(): Readable | Promise<Readable>;
  /** Gives back what the result stands on; called once, after the stream's end or when nobody came. */
  release(): void | Promise<void>;
}

/** Results of `outputs=` between the end of their build and `GET /build/outputs/{id}`. */
export class OutputShelf {
  readonly #outputs = new Map<string, { output: Output; timer: NodeJS.Timeout }>();
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  put(output: Output): string {
    const id = newId();
    const timer = setTimeout(() => {
      this.#outputs.delete(id);
      this.#release(output);
    }, patienceMs).unref();
    this.#outputs.set(id, { output, timer });
    return id;
  }

  /** The result, once. Its end, however it comes, gives it back. Throws `not-found`. */
  async take(id: string): Promise<Readable> {
    const found = this.#outputs.get(id);
    if (found === undefined) throw new EngineError("not-found", `no such build output: ${id}`);
    clearTimeout(found.timer);
    this.#outputs.delete(id);
    try {
      const stream = await found.output.open();
      stream.once("close", () => this.#release(found.output));
      return stream;
    } catch (error) {
      this.#release(found.output);
      throw error;
    }
  }

  #release(output: Output): void {
    Promise.resolve()
      .then(() => output.release())
      .catch(this.#onError);
  }
}
