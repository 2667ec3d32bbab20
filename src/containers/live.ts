import type { Exit } from "../runtime/runtime-service.ts";
import { Execs } from "./execs.ts";
import { OutputReaders } from "./output-readers.ts";
import type { PendingAttachment } from "./pending-attachment.ts";

/** What a wait hears: an exit, or that the container is gone. */
export type LifeEvent =
  | { type: "exit"; exit: Exit; willRestart: boolean }
  | { type: "removed"; exitCode: number };

/**
 * What the engine knows of containers only while it lives itself: who waits for them, who attached before they
 * started, when their next restart is due.
 */
export class LiveContainers {
  readonly #listeners = new Map<string, Set<(event: LifeEvent) => void>>();
  readonly #pending = new Map<string, Set<PendingAttachment>>();
  readonly #restarts = new Map<string, NodeJS.Timeout>();
  readonly #restarting = new Set<string>();
  readonly #unhealthy = new Set<string>();
  readonly #signalled = new Set<string>();
  readonly #attending = new Map<string, Set<AbortSignal>>();
  readonly execs = new Execs();
  readonly readers = new OutputReaders();

  /** Tells every listener of the container. */
  announce(id: string, event: LifeEvent): void {
    for (const listener of this.#listeners.get(id) ?? []) listener(event);
    if (event.type === "removed") this.#listeners.delete(id);
  }

  listen(id: string, listener: (event: LifeEvent) => void): () => void {
    const listeners = this.#listeners.get(id) ?? new Set();
    this.#listeners.set(id, listeners);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }

  /** Keeps an attachment until the container's next start takes it. */
  addPending(id: string, attachment: PendingAttachment): void {
    const set = this.#pending.get(id) ?? new Set();
    this.#pending.set(id, set);
    set.add(attachment);
    attachment.onClose(() => set.delete(attachment));
  }

  takePending(id: string): PendingAttachment[] {
    const taken = [...(this.#pending.get(id) ?? [])];
    this.#pending.delete(id);
    return taken;
  }

  scheduleRestart(id: string, delayMs: number, restart: () => void): void {
    this.cancelRestart(id);
    this.#restarts.set(
      id,
      setTimeout(() => {
        this.#restarts.delete(id);
        restart();
      }, delayMs),
    );
  }

  cancelRestart(id: string): void {
    clearTimeout(this.#restarts.get(id));
    this.#restarts.delete(id);
  }

  /** While a user's `restart` runs, an exit of the container does not remove it. */
  async whileRestarting(id: string, task: () => Promise<void>): Promise<void> {
    this.#restarting.add(id);
    try {
      await task();
    } finally {
      this.#restarting.delete(id);
    }
  }

  isRestarting(id: string): boolean {
    return this.#restarting.has(id);
  }

  /** Its end, which is on its way, is because it is unhealthy. */
  markUnhealthy(id: string): void {
    this.#unhealthy.add(id);
  }

  /** Whether it was marked; the mark is gone then. */
  takeUnhealthy(id: string): boolean {
    return this.#unhealthy.delete(id);
  }

  /** It has been sent a signal through this engine. */
  markSignalled(id: string): void {
    this.#signalled.add(id);
  }

  takeSignalled(id: string): boolean {
    return this.#signalled.delete(id);
  }

  /** A client can type into it, or into an exec in it, until `signal`. */
  attend(id: string, signal: AbortSignal): void {
    if (signal.aborted) return;
    const clients = this.#attending.get(id) ?? new Set();
    this.#attending.set(id, clients);
    clients.add(signal);
    const leave = () => {
      clients.delete(signal);
      if (clients.size === 0 && this.#attending.get(id) === clients) this.#attending.delete(id);
    };
    signal.addEventListener("abort", leave, { once: true });
  }

  isAttended(id: string): boolean {
    return this.#attending.has(id);
  }

  /** Ends every timer, so that the process can end. */
  close(): void {
    for (const timer of this.#restarts.values()) clearTimeout(timer);
    this.#restarts.clear();
  }
}
