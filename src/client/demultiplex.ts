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

  push(chunk: Uint8Array): void {
    let run: Uint8Array[] = [];
    let runStream = this.#streamNumber;
    const flush = () => {
      if (run.length > 0)
        this.#emit(runStream, run.length === 1 ? (run[0] as Uint8Array) : Buffer.concat(run));
      run = [];
    };
    for (let at = 0; at < chunk.length; ) {
      if (this.#payloadLeft === 0) {
        at += this.#readHeader(chunk, at);
        continue;
      }
      if (runStream !== this.#streamNumber) flush();
      runStream = this.#streamNumber;
      const piece = chunk.subarray(at, at + this.#payloadLeft);
      run.push(piece);
      this.#payloadLeft -= piece.length;
      at += piece.length;
    }
    flush();
  }

  /** Answers how many bytes it took. */
  #readHeader(chunk: Uint8Array, at: number): number {
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
