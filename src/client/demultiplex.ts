export type FrameStream = "stdout" | "stderr";

const headerBytes = 8;
const streams: Record<number, FrameStream> = { 0: "stdout", 1: "stdout", 2: "stderr" };
/** Not output: the engine tells why it breaks off. */
const errorStream = 3;

/**
 * Takes apart the engine's framed stream (8-byte header: stream, 3 zeros, length), as attach, exec and logs send it
 * without a TTY. Payloads are handed on as they come, frames of the same stream that came together as one piece.
 */
export class Demultiplexer {
  readonly #sink: (stream: FrameStream, bytes: Uint8Array) => void;
  #header = Buffer.alloc(headerBytes);
  #headerHave = 0;
  #streamNumber = 0;
  #payloadLeft = 0;

  constructor(sink: (stream: FrameStream, bytes: Uint8Array) => void) {
    this.#sink = sink;
  }

  /**
   * The chunk is ours from here on: payloads move together in place. Logs are a frame a line; an object or a buffer for
   * each costs three times as much as moving the bytes.
   */
  push(chunk: Uint8Array): void {
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
    let stream = this.#streamNumber;
    // What is gathered and not handed on yet: [start, end).
    let start = 0;
    let end = 0;
    for (let at = 0; at < chunk.length; ) {
      if (this.#payloadLeft === 0) {
        at += this.#readHeader(chunk, view, at);
        continue;
      }
      if (stream !== this.#streamNumber) {
        if (end > start) this.#emit(stream, chunk.subarray(start, end));
        start = end;
        stream = this.#streamNumber;
      }
      const size = Math.min(this.#payloadLeft, chunk.length - at);
      if (start === end) start = end = at;
      else chunk.copyWithin(end, at, at + size);
      end += size;
      at += size;
      this.#payloadLeft -= size;
    }
    if (end > start) this.#emit(stream, chunk.subarray(start, end));
  }

  /** Answers how many bytes it took. */
  #readHeader(chunk: Uint8Array, view: DataView, at: number): number {
    if (this.#headerHave === 0 && chunk.length - at >= headerBytes) {
      this.#streamNumber = view.getUint8(at);
      this.#payloadLeft = view.getUint32(at + 4);
      return headerBytes;
    }
    const taken = Math.min(headerBytes - this.#headerHave, chunk.length - at);
    this.#header.set(chunk.subarray(at, at + taken), this.#headerHave);
    this.#headerHave += taken;
    if (this.#headerHave === headerBytes) {
      this.#headerHave = 0;
      this.#streamNumber = this.#header[0] ?? 0;
      this.#payloadLeft = this.#header.readUInt32BE(4);
    }
    return taken;
  }

  #emit(number: number, bytes: Uint8Array): void {
    if (number === errorStream)
      throw new Error(`error from daemon in stream: ${Buffer.from(bytes).toString("utf8")}`);
    const stream = streams[number];
    if (stream === undefined) throw new Error(`unrecognized stream: ${number}`);
    this.#sink(stream, bytes);
  }
}
