import { type ProcessorTime, processorTime } from "../../linux/processor-time.ts";
import type { StatsSample } from "./stats-body.ts";

/** Looks at one container; undefined when it does not run. */
export type Look = (id: string, processors: ProcessorTime) => StatsSample | undefined;
type Listener = (sample: StatsSample | undefined) => void;

const everyMs = 1000;

/**
 * Looks at all containers that anybody asks about, together, once a second: many clients of one container cost one
 * reading, and with nobody there it costs nothing.
 */
export class StatsSampler {
  readonly #look: Look;
  readonly #listeners = new Map<string, Set<Listener>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(look: Look) {
    this.#look = look;
  }

  /** One look now. */
  now(id: string): StatsSample | undefined {
    return this.#look(id, processorTime());
  }

  /** Calls `listener` with every sample from now on; the answer ends that. A listener must not throw or block. */
  subscribe(id: string, listener: Listener): () => void {
    const listeners = this.#listeners.get(id) ?? new Set();
    this.#listeners.set(id, listeners);
    listeners.add(listener);
    this.#timer ??= setInterval(() => this.#tick(), everyMs);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(id) === listeners) this.#listeners.delete(id);
      if (this.#listeners.size === 0) this.close();
    };
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    const processors = processorTime();
    for (const [id, listeners] of this.#listeners) {
      const sample = this.#look(id, processors);
      for (const listener of listeners) listener(sample);
    }
  }
}
