import type { Writable } from "node:stream";
import type { OutputChunk } from "../runtime/runtime-service.ts";
import { writeSlowly } from "./stream-wait.ts";

const streamNumber = { stdin: 0, stdout: 1, stderr: 2 } as const;
/** A process's output comes in pieces of 8 KiB; as many of them go into one write. */
const batchBytes = 64 * 1024;

/**
 * Docker's multiplexed stream: a header of the stream's number, three zero bytes and the length (big-endian), then
 * the bytes. Source: Engine API, ContainerAttach, "Stream format".
 */
export function frame(stream: OutputChunk["stream"], data: Uint8Array): Buffer {
  return Buffer.concat([frameHeader(stream, data.length), data]);
}

function frameHeader(stream: OutputChunk["stream"], length: number): Buffer {
  const header = Buffer.allocUnsafe(8);
  header.writeUInt32BE(streamNumber[stream] << 24, 0);
  header.writeUInt32BE(length, 4);
  return header;
}

/**
 * Writes output, framed or raw, no faster than the reader reads. What comes within one turn of the event loop leaves
 * in one write: a write for each piece would cost more than everything else on the way.
 */
export class FrameWriter {
  readonly #output: Writable;
  readonly #framed: boolean;
  #parts: Uint8Array[] = [];
  #bytes = 0;
  /** The write that leaves at the end of this turn, or that the reader has not taken yet. */
  #leaving: Promise<boolean> | undefined;

  constructor(output: Writable, framed: boolean) {
    this.#output = output;
    this.#framed = framed;
  }

  /** False when the reader is gone. */
  async write(stream: OutputChunk["stream"], data: Uint8Array): Promise<boolean> {
    if (data.length === 0) return true;
    if (this.#framed) this.#parts.push(frameHeader(stream, data.length));
    this.#parts.push(data);
    this.#bytes += data.length;
    this.#leaving ??= this.#leave();
    return this.#bytes < batchBytes || this.#leaving;
  }

  /** Waits until everything is with the reader's socket. */
  async flush(): Promise<boolean> {
    return (await this.#leaving) ?? true;
  }

  async #leave(): Promise<boolean> {
    let reading = true;
    do {
      await new Promise((resolve) => setImmediate(resolve));
      reading = await writeSlowly(this.#output, this.#batch());
      // What was added while the reader was slow leaves next.
    } while (reading && this.#bytes > 0);
    this.#leaving = undefined;
    return reading;
  }

  #batch(): Uint8Array {
    const [first = new Uint8Array(), ...rest] = this.#parts;
    const batch = rest.length === 0 ? first : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#bytes = 0;
    return batch;
  }
}
