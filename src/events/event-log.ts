import type { EventMessage } from "../spec/api/system.ts";

export type EventInput = {
  Type: NonNullable<EventMessage["Type"]>;
  Action: string;
  id: string;
  attributes?: Record<string, string>;
};

/** How many past events a new listener can replay; as many as dockerd keeps. */
const kept = 256;

/** The engine's own account of what happened, in order: publish and subscribe, with a short memory. */
export class EventLog {
  #past: EventMessage[] = [];
  readonly #listeners = new Set<(event: EventMessage) => void>();
  #lastNano = 0n;

  publish(input: EventInput): void {
    const nano = this.#nextNano();
    const event: EventMessage = {
      Type: input.Type,
      Action: input.Action,
      Actor: { ID: input.id, Attributes: sorted(input.attributes ?? {}) },
      scope: "local",
      time: Number(nano / 1_000_000_000n),
      timeNano: Number(nano),
    };
    this.#past.push(event);
    if (this.#past.length > kept) this.#past.shift();
    for (const listener of this.#listeners) listener(event);
  }

  /** The remembered events, oldest first. */
  past(): readonly EventMessage[] {
    return this.#past;
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  /** Calls `listener` for every event from now on; the answer ends that. A listener must not throw or block. */
  subscribe(listener: (event: EventMessage) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Two events never share a time, so that `--since` can go on exactly where it stopped. */
  #nextNano(): bigint {
    const now = BigInt(Date.now()) * 1_000_000n;
    this.#lastNano = now > this.#lastNano ? now : this.#lastNano + 1n;
    return this.#lastNano;
  }
}

/** By name, as Go writes maps. */
function sorted(attributes: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1)));
}
