import type { Container } from "../container.ts";

/** What a container has done since it was started; grows while it does something. */
export interface Activity {
  cpuNanos: number;
  sentBytes: number;
  /** Somebody sits before it. */
  attended: boolean;
}

export interface LifetimeKeeperParts {
  /** Undefined while it does not run. */
  activity: (id: string) => Activity | undefined;
  /** Its time is up. */
  expire: (id: string, why: "ttl" | "idle") => void;
}

/** Below that share of a processor a container is at rest: runtimes' housekeeping and probes are no work. */
const restingShare = 0.01;
const looksPerSpan = 4;
const longestLookMs = 60_000;
/** As long as timers can wait. */
const longestTimerMs = 2 ** 31 - 1;

/** Ends containers whose time to live is over: since their creation, or since they last did anything. */
export class LifetimeKeeper {
  readonly #parts: LifetimeKeeperParts;
  readonly #timers = new Map<string, Set<NodeJS.Timeout>>();

  constructor(parts: LifetimeKeeperParts) {
    this.#parts = parts;
  }

  /** From its creation on, and again with each new engine, for which its rest begins anew. */
  keep({ id, createdAt, lifetime = {} }: Container): void {
    const { ttlMs, idleTtlMs } = lifetime;
    if (ttlMs !== undefined) this.#waitFor(id, Date.parse(createdAt) + ttlMs);
    if (idleTtlMs !== undefined) this.#watch(id, idleTtlMs, Date.now(), this.#parts.activity(id));
  }

  forget(id: string): void {
    for (const timer of this.#timers.get(id) ?? []) clearTimeout(timer);
    this.#timers.delete(id);
  }

  close(): void {
    for (const id of this.#timers.keys()) this.forget(id);
  }

  #waitFor(id: string, endMs: number): void {
    const leftMs = endMs - Date.now();
    this.#after(id, Math.min(leftMs, longestTimerMs), () => {
      if (leftMs > longestTimerMs) this.#waitFor(id, endMs);
      else this.#parts.expire(id, "ttl");
    });
  }

  #watch(id: string, idleTtlMs: number, activeAtMs: number, before: Activity | undefined): void {
    const lookMs = Math.min(idleTtlMs / looksPerSpan, longestLookMs);
    this.#after(id, lookMs, () => {
      const now = this.#parts.activity(id);
      const at = wasActive(before, now, lookMs) ? Date.now() : activeAtMs;
      if (Date.now() - at >= idleTtlMs) this.#parts.expire(id, "idle");
      else this.#watch(id, idleTtlMs, at, now);
    });
  }

  #after(id: string, waitMs: number, action: () => void): void {
    const timers = this.#timers.get(id) ?? new Set();
    this.#timers.set(id, timers);
    const timer = setTimeout(
      () => {
        timers.delete(timer);
        action();
      },
      Math.max(0, waitMs),
    );
    timers.add(timer);
  }
}

/** Work on a processor, anything sent, or somebody who might type; a start or an end is something, too. */
export function wasActive(before: Activity | undefined, now: Activity | undefined, spanMs: number): boolean {
  if (before === undefined || now === undefined) return before !== now;
  if (now.attended) return true;
  const workedMs = (now.cpuNanos - before.cpuNanos) / 1e6;
  // A counter that went back is that of another run.
  return workedMs < 0 || workedMs > spanMs * restingShare || now.sentBytes !== before.sentBytes;
}
