import { statSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { errnoOf, messageOf } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { compressSegment } from "./compressed-segment.ts";
import { LogDelivery } from "./delivery/log-delivery.ts";
import type { LogTarget } from "./delivery/log-sink.ts";
import type { LogKeeping } from "./keeping.ts";
import { LogDirectory } from "./log-directory.ts";
import { applyRetention } from "./retention.ts";

const lookEveryMs = 100;
/** A log that does not grow is looked at this many times less often. */
const quietTurns = 8;
/** A monitor that was told to begin a new file is told again only after this. */
const rotationMs = 1000;
/** What a burst pushes out again at once is not worth compressing. */
const compressAfterMs = 2000;
/** How long an end waits for the delivery of what came last; after that, delivery goes on behind it. */
const maxFinishMs = 2000;

/** Where a container's output goes, and how much of it is kept. */
export interface KeptLog {
  directory: string;
  keeping: LogKeeping;
  /** Delivered to, besides. */
  target?: LogTarget;
}

interface Watched {
  log: LogDirectory;
  keeping: LogKeeping;
  rotate: () => void;
  rotatedAt: number;
  inode: number;
  sizeBytes: number;
  quiet: number;
}

/**
 * Looks after the logs of running containers: has the monitors begin new segments, holds each of those, removes and
 * compresses old ones. While no engine lives the monitors bound their logs themselves (`monitorBytes`).
 */
export class LogKeeper implements Disposable {
  readonly #log: Log;
  readonly #watched = new Map<string, Watched>();
  /** Of containers that run, or whose last output is still on its way. */
  readonly #deliveries = new Map<string, LogDelivery>();
  /** When each was last rotated. */
  readonly #toCompress = new Map<LogDirectory, number>();
  /** Of the looks that quiet logs take part in once in `quietTurns`: the same one for all of them. */
  #turn = 0;
  #timer: NodeJS.Timeout | undefined;
  #compressTimer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Makes the log ready for a monitor. Throws where its target cannot be reached. */
  async prepare(id: string, { directory, keeping, target }: KeptLog): Promise<void> {
    const log = new LogDirectory(directory);
    if (log.currentBytes >= keeping.segmentBytes) log.finish();
    log.prepare();
    if (target !== undefined) await this.#deliver(id, log, target).open();
  }

  /** Looks after a log that a monitor writes. `rotate` has it begin a new file. */
  watch(id: string, { directory, keeping, target }: KeptLog, rotate: () => void): void {
    const log = new LogDirectory(directory);
    log.sweep();
    if (target !== undefined && !this.#deliveries.has(id)) this.#deliver(id, log, target).poke();
    const watched = { log, keeping, rotate, rotatedAt: 0, inode: 0, sizeBytes: 0, quiet: 0 };
    this.#watched.set(id, watched);
    this.#rest();
    this.#lookLater();
  }

  /** The monitor has ended: nothing more is written. Resolves when what came last is delivered, or soon. */
  async settle(id: string): Promise<void> {
    const watched = this.#watched.get(id);
    if (watched === undefined) return;
    this.#watched.delete(id);
    if (this.#watched.size === 0) this.#rest();
    const delivery = this.#deliveries.get(id);
    if (delivery !== undefined) await this.#finish(id, delivery);
    this.#tidy(watched);
  }

  /** What is not delivered yet stays so. */
  forget(id: string): void {
    this.#deliveries.get(id)?.close();
    this.#deliveries.delete(id);
  }

  #deliver(id: string, log: LogDirectory, target: LogTarget): LogDelivery {
    this.forget(id);
    const delivery = new LogDelivery(log, target, (error) =>
      this.#log.warn(`delivering a log to ${target.driver} failed, trying again: ${messageOf(error)}`, {
        container: id,
      }),
    );
    this.#deliveries.set(id, delivery);
    return delivery;
  }

  async #finish(id: string, delivery: LogDelivery): Promise<void> {
    const finished = delivery.finish().then(() => {
      if (this.#deliveries.get(id) === delivery) this.#deliveries.delete(id);
    });
    const timer = new AbortController();
    const late = delay(maxFinishMs, undefined, { signal: timer.signal, ref: false }).catch(() => undefined);
    await Promise.race([finished, late]);
    timer.abort();
  }

  #tidy(watched: Watched): void {
    const { log, keeping } = watched;
    this.#safely(log, () => {
      const last = log.segments().at(-1);
      if (last === undefined || last.sizeBytes < keeping.segmentBytes) return;
      log.finish();
      applyRetention(log, keeping, false);
      this.#compressLater(watched);
    });
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#rest();
    clearTimeout(this.#compressTimer);
    for (const id of this.#deliveries.keys()) this.forget(id);
  }

  #rest(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** While all logs are quiet, nothing wakes the engine for the turns between. */
  #lookLater(): void {
    const turns = [...this.#watched.keys()].every((id) => this.#isQuiet(id)) ? quietTurns : 1;
    this.#timer = setTimeout(() => {
      this.#lookAll(turns);
      this.#lookLater();
    }, turns * lookEveryMs).unref();
  }

  #lookAll(turns: number): void {
    this.#turn = (this.#turn + turns) % quietTurns;
    const all = turns === quietTurns || this.#turn === 0;
    for (const [id, watched] of this.#watched) {
      if (!all && this.#isQuiet(id)) continue;
      watched.quiet += turns;
      this.#safely(watched.log, () => this.#look(watched));
      if (watched.quiet === 0) this.#deliveries.get(id)?.poke();
    }
  }

  #isQuiet(id: string): boolean {
    return !this.#deliveries.has(id) && (this.#watched.get(id)?.quiet ?? 0) > quietTurns;
  }

  #look(watched: Watched): void {
    const stat = statSync(watched.log.current, { throwIfNoEntry: false });
    if (stat === undefined) return;
    if (stat.ino === watched.inode && stat.size === watched.sizeBytes) return;
    watched.quiet = 0;
    if (stat.ino !== watched.inode) this.#rotated(watched);
    watched.inode = stat.ino;
    watched.sizeBytes = stat.size;
    if (stat.size < watched.keeping.segmentBytes || Date.now() - watched.rotatedAt < rotationMs) return;
    watched.rotatedAt = Date.now();
    watched.rotate();
  }

  /** The monitor has begun a new file, by itself or because it was told to. */
  #rotated(watched: Watched): void {
    watched.rotatedAt = 0;
    applyRetention(watched.log, watched.keeping, true);
    this.#compressLater(watched);
  }

  #compressLater({ log, keeping }: Watched): void {
    if (!keeping.compress) return;
    this.#toCompress.set(log, Date.now());
    this.#compressTimer ??= setTimeout(() => void this.#compressRested(), compressAfterMs).unref();
  }

  /** One after the other: this is to cost as little as can be. */
  async #compressRested(): Promise<void> {
    for (const [log, rotatedAt] of this.#toCompress) {
      if (Date.now() - rotatedAt < compressAfterMs) continue;
      this.#toCompress.delete(log);
      await this.#compress(log);
    }
    this.#compressTimer = undefined;
    if (this.#toCompress.size === 0 || this.#closed) return;
    this.#compressTimer = setTimeout(() => void this.#compressRested(), compressAfterMs).unref();
  }

  async #compress(log: LogDirectory): Promise<void> {
    for (const segment of log.segments()) {
      if (this.#closed || segment.compressed || log.isCurrent(segment)) continue;
      try {
        await compressSegment(segment.path, log.compressedPath(segment));
      } catch (error) {
        // Removed meanwhile, with its container or for its age.
        if (errnoOf(error) !== "ENOENT")
          this.#log.error("compressing a log failed", error, { log: log.path });
      }
    }
  }

  /** What goes wrong with one log must not keep the others from being looked after. */
  #safely(log: LogDirectory, task: () => void): void {
    try {
      task();
    } catch (error) {
      if (errnoOf(error) !== "ENOENT")
        this.#log.error("looking after a log failed", error, { log: log.path });
    }
  }
}
