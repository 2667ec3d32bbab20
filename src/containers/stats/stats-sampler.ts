import { GroupFiles } from "../../linux/cgroup-files.ts";
import { type ProcessorTime, processorTime } from "../../linux/processor-time.ts";
import type { StatsSample } from "./stats-body.ts";

/** Looks at one container, by the files that are held open for it, if any; undefined when it does not run. */
export type Look = (id: string, processors: ProcessorTime, files?: GroupFiles) => StatsSample | undefined;
type Listener = (sample: StatsSample | undefined) => void;

/** A container that somebody asks about. */
interface Watched {
  listeners: Set<Listener>;
  files: GroupFiles | undefined;
}

const everyMs = 1000;
/** Each has some 13 files open, and an engine may be allowed 1024. */
const heldOpenAtMost = 50;

/**
 * Looks at all containers that anybody asks about, together, once a second: many clients of one container cost one
 * reading, and with nobody there it costs nothing.
 */
export class StatsSampler {
  readonly #look: Look;
  readonly #watched = new Map<string, Watched>();
  #heldOpen = 0;
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
    const watched = this.#watched.get(id) ?? this.#watch(id);
    watched.listeners.add(listener);
    this.#timer ??= setInterval(() => this.#tick(), everyMs);
    return () => {
      watched.listeners.delete(listener);
      if (watched.listeners.size === 0 && this.#watched.get(id) === watched) this.#forget(id, watched);
      if (this.#watched.size === 0) this.close();
    };
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    for (const [id, watched] of this.#watched) this.#forget(id, watched);
  }

  #watch(id: string): Watched {
    const held = this.#heldOpen < heldOpenAtMost;
    if (held) this.#heldOpen += 1;
    const watched = { listeners: new Set<Listener>(), files: held ? new GroupFiles() : undefined };
    this.#watched.set(id, watched);
    return watched;
  }

  #forget(id: string, { files }: Watched): void {
    this.#watched.delete(id);
    if (files === undefined) return;
    this.#heldOpen -= 1;
    files.close();
  }

  #tick(): void {
    const processors = processorTime();
    for (const [id, { listeners, files }] of this.#watched) {
      const sample = this.#look(id, processors, files);
      // The next run's group has files of its own.
      if (sample === undefined) files?.close();
      for (const listener of listeners) listener(sample);
    }
  }
}
