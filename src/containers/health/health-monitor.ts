import { type HealthCheck, healthCheckOf } from "./health-check.ts";
import { afterProbe, type Health, type ProbeResult, startingHealth, unwatchedHealth } from "./health.ts";
import type { HealthRecords } from "./health-records.ts";
import type { Container } from "../container.ts";

export interface HealthMonitorParts {
  records: HealthRecords;
  /** Runs one probe; never throws. An abort ends it. */
  probe: (id: string, check: HealthCheck, signal: AbortSignal) => Promise<ProbeResult>;
  /** Told of every change of status. */
  changed: (id: string, health: Health) => void;
}

/** The asking of one container: its end aborts the probe under way, and no further one begins. */
interface Watch {
  over: AbortController;
  next?: NodeJS.Timeout;
}

/** Asks running containers that have a check how they are, each one probe at a time. */
export class HealthMonitor {
  readonly #parts: HealthMonitorParts;
  readonly #watches = new Map<string, Watch>();

  constructor(parts: HealthMonitorParts) {
    this.#parts = parts;
  }

  /** At its start: anew. */
  begin(container: Container): void {
    if (healthCheckOf(container.config) === undefined) return;
    const { records } = this.#parts;
    records.save(container.id, startingHealth(records.of(container.id)));
    this.resume(container);
  }

  /** After a pause, or with a new engine: from where it was. */
  resume(container: Container): void {
    const check = healthCheckOf(container.config);
    if (check === undefined) return;
    this.#stop(container.id);
    const watch: Watch = { over: new AbortController() };
    this.#watches.set(container.id, watch);
    this.#schedule(container, check, watch);
  }

  /** While it is paused and once it has ended. */
  rest(id: string): void {
    this.#stop(id);
    const health = this.#parts.records.of(id);
    if (health !== undefined) this.#parts.records.save(id, unwatchedHealth(health));
  }

  forget(id: string): void {
    this.#stop(id);
    this.#parts.records.forget(id);
  }

  /** Containers live on and keep the health they have. */
  close(): void {
    for (const id of this.#watches.keys()) this.#stop(id);
    this.#parts.records.close();
  }

  #stop(id: string): void {
    const watch = this.#watches.get(id);
    clearTimeout(watch?.next);
    watch?.over.abort();
    this.#watches.delete(id);
  }

  #schedule(container: Container, check: HealthCheck, watch: Watch): void {
    watch.next = setTimeout(() => void this.#probe(container, check, watch), this.#waitMs(container, check));
  }

  #waitMs({ id, state }: Container, check: HealthCheck): number {
    const starting = this.#parts.records.of(id)?.status === "starting";
    const early = Date.now() - Date.parse(state.startedAt) < check.startPeriodMs;
    return starting && early ? check.startIntervalMs : check.intervalMs;
  }

  async #probe(container: Container, check: HealthCheck, watch: Watch): Promise<void> {
    const { records, probe, changed } = this.#parts;
    const { id, state } = container;
    const result = await probe(id, check, watch.over.signal);
    // It was paused, ended or removed meanwhile: what a probe says of that means nothing.
    if (watch.over.signal.aborted) return;
    const before = records.of(id) ?? startingHealth(undefined);
    const sinceStartMs = Date.parse(result.start) - Date.parse(state.startedAt);
    const health = afterProbe(before, result, check, sinceStartMs < check.startPeriodMs);
    records.save(id, health);
    this.#schedule(container, check, watch);
    if (health.status !== before.status) changed(id, health);
  }
}
