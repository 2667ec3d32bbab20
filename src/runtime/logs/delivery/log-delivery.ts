import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { errnoOf } from "../../../base/errors.ts";
import type { Place } from "../find-place.ts";
import { LogCursor } from "../log-cursor.ts";
import type { LogDirectory } from "../log-directory.ts";
import { type LogMessage, type LogSink, type LogTarget, openSink, type SinkMark } from "./log-sink.ts";
import { MessageAssembler, type OpenLines } from "./message-assembler.ts";

const firstRetryMs = 250;
const maxRetryMs = 10_000;

/** Up to where a log was delivered. */
interface Checkpoint {
  place: Place;
  open: OpenLines;
  mark?: SinkMark;
}

/**
 * Hands a container's output on to its log driver's target. How far it has come is on the disk after each block, so
 * that the next engine goes on there: nothing is lost, and what a kill cut off is sent again.
 */
export class LogDelivery {
  readonly #log: LogDirectory;
  readonly #target: LogTarget;
  readonly #report: (error: unknown) => void;
  readonly #done = Promise.withResolvers<void>();
  #sink: LogSink | undefined;
  #cursor: LogCursor | undefined;
  #assembler = new MessageAssembler();
  #working = false;
  #wanted = false;
  #ending = false;
  #closed = false;
  #retryMs = firstRetryMs;
  #retry: NodeJS.Timeout | undefined;

  /** `report` hears once of each time the target cannot be reached. */
  constructor(log: LogDirectory, target: LogTarget, report: (error: unknown) => void) {
    this.#log = log;
    this.#target = target;
    this.#report = report;
  }

  /** Connects, so that a target that is not there keeps the container from starting. */
  async open(): Promise<void> {
    const checkpoint = readCheckpoint(this.#log);
    this.#sink = await openSink(this.#target, checkpoint?.mark);
    this.#cursor = new LogCursor(this.#log, checkpoint?.place ?? { segment: 0, offset: 0 });
    this.#assembler = new MessageAssembler(checkpoint?.open);
  }

  /** There may be more. */
  poke(): void {
    this.#wanted = true;
    if (!this.#working && this.#retry === undefined && !this.#closed) void this.#work();
  }

  /** Nothing more will be written: resolves when all was delivered, or delivery was given up (`close`). */
  async finish(): Promise<void> {
    this.#ending = true;
    this.poke();
    return this.#done.promise;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    if (!this.#working) this.#disconnect();
    this.#done.resolve();
  }

  async #work(): Promise<void> {
    this.#working = true;
    try {
      while (this.#wanted && !this.#closed) {
        this.#wanted = false;
        await this.#deliver();
      }
      this.#retryMs = firstRetryMs;
      if (this.#ending && !this.#closed) this.close();
    } catch (error) {
      this.#disconnect();
      this.#later(error);
    } finally {
      this.#working = false;
      if (this.#closed) this.#disconnect();
    }
  }

  async #deliver(): Promise<void> {
    if (this.#sink === undefined) await this.open();
    for (const block of this.#cursor?.blocks() ?? []) {
      if (this.#closed) return;
      await this.#send(this.#assembler.add(block));
      // A container that talks without end must not keep everything else from its turn.
      await nextTurn();
    }
    if (this.#ending && !this.#wanted) await this.#send(this.#assembler.end());
  }

  async #send(messages: LogMessage[]): Promise<void> {
    if (messages.length > 0) await this.#sink?.send(messages);
    const { segment, offset } = this.#cursor?.place ?? { segment: 0, offset: 0 };
    writeCheckpoint(this.#log, {
      place: { segment, offset: Math.max(offset - this.#assembler.unreadBytes, 0) },
      open: this.#assembler.openLines,
      ...(this.#sink?.mark !== undefined && { mark: this.#sink.mark() }),
    });
  }

  #later(error: unknown): void {
    // Removed with its container: nobody wants it any more.
    if (this.#closed || !existsSync(this.#log.path)) return this.close();
    if (this.#retryMs === firstRetryMs) this.#report(error);
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.poke();
    }, this.#retryMs).unref();
    this.#retryMs = Math.min(this.#retryMs * 2, maxRetryMs);
  }

  #disconnect(): void {
    this.#cursor?.[Symbol.dispose]();
    this.#sink?.close();
    this.#cursor = undefined;
    this.#sink = undefined;
  }
}

function checkpointPath(log: LogDirectory): string {
  return join(log.path, "delivered");
}

function readCheckpoint(log: LogDirectory): Checkpoint | undefined {
  try {
    return JSON.parse(readFileSync(checkpointPath(log), "utf8")) as Checkpoint;
  } catch (error) {
    if (errnoOf(error) === "ENOENT" || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function writeCheckpoint(log: LogDirectory, checkpoint: Checkpoint): void {
  const path = checkpointPath(log);
  writeFileSync(`${path}.tmp`, JSON.stringify(checkpoint), { mode: 0o600 });
  renameSync(`${path}.tmp`, path);
}
