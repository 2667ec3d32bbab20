import type { Duplex } from "node:stream";
import { EngineError } from "../../base/errors.ts";

/** Streams that wait to be taken, or takers that wait for streams. */
export class StreamQueue {
  #streams: Duplex[] = [];
  #takers: ((stream: Duplex) => void)[] = [];
  #ended = new AbortController();

  put(stream: Duplex): void {
    if (this.#ended.signal.aborted) {
      stream.destroy();
      return;
    }
    const taker = this.#takers.shift();
    if (taker !== undefined) return taker(stream);
    this.#streams.push(stream);
    stream.once("close", () => {
      this.#streams = this.#streams.filter((other) => other !== stream);
    });
  }

  /** The next stream, as soon as there is one. Throws when the signal or the queue ends first. */
  async take(signal: AbortSignal): Promise<Duplex> {
    const either = AbortSignal.any([signal, this.#ended.signal]);
    either.throwIfAborted();
    const waiting = this.#streams.shift();
    if (waiting !== undefined) return waiting;
    const { promise, resolve, reject } = Promise.withResolvers<Duplex>();
    const giveUp = () => {
      this.#takers = this.#takers.filter((taker) => taker !== resolve);
      reject(either.reason as Error);
    };
    this.#takers.push(resolve);
    either.addEventListener("abort", giveUp, { once: true });
    return promise.finally(() => either.removeEventListener("abort", giveUp));
  }

  /** Ends what nobody took. */
  end(): void {
    this.#ended.abort(new EngineError("unavailable", "the build session has ended"));
    for (const stream of this.#streams.splice(0)) stream.destroy();
  }
}
