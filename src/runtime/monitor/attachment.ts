import type { Socket } from "node:net";
import { EngineError, errnoOf } from "../../base/errors.ts";
import { connectSeqpacket, type SeqpacketConnection } from "../../linux/seqpacket.ts";
import type { Attachment, OutputChunk } from "../runtime-service.ts";
import { isZombie } from "./zombie.ts";
import { OutputQueue } from "./output-queue.ts";

/** conmon's marks at the head of each message. */
const stdoutMark = 2;
const stderrMark = 3;
/** Larger messages merge in the socket's queue and then fail with EMSGSIZE. */
const maxMessageBytes = 8192;

export interface AttachmentOptions {
  socketPath: string;
  stdin: boolean;
  stdout: boolean;
  stderr: boolean;
  /**
   * conmon ends the process's input with the first client that leaves, whether it ever wrote or not. With this, a
   * client that leaves stays connected, deaf and dumb, and is handed over to be closed when the container ends.
   */
  park?: (socket: Socket) => void;
  /** The process behind: see `drainWhenDead`. */
  pid?: number;
}

/** A client of conmon's attach socket. */
export class ConmonAttachment implements Attachment {
  readonly output: AsyncIterable<OutputChunk>;
  readonly #connection: SeqpacketConnection;
  readonly #socket: Socket;
  readonly #queue: OutputQueue;
  readonly #options: AttachmentOptions;
  #inputEnded = false;

  private constructor(connection: SeqpacketConnection, options: AttachmentOptions) {
    const { socket } = connection;
    this.#connection = connection;
    this.#socket = socket;
    this.#options = options;
    this.#queue = new OutputQueue(
      () => socket.pause(),
      () => socket.resume(),
    );
    this.output = this.#queue;
    if (options.pid !== undefined) this.drainWhenDead(options.pid);
    socket.on("data", (message: Buffer) => this.#receive(message));
    // The container's end may reset the connection while input is on its way: that, too, is just the end.
    socket.on("error", () => this.#takeRest());
    socket.on("end", () => this.#finish());
    socket.on("close", () => this.#takeRest());
  }

  static async connect(options: AttachmentOptions): Promise<ConmonAttachment> {
    try {
      return new ConmonAttachment(await connectSeqpacket(options.socketPath), options);
    } catch (error) {
      const code = errnoOf(error);
      if (code !== "ENOENT" && code !== "ECONNREFUSED") throw error;
      throw new EngineError("conflict", "You cannot attach to a stopped container, start it first", error);
    }
  }

  async write(data: Uint8Array): Promise<void> {
    if (!this.#options.stdin) return;
    for (let at = 0; at < data.length && !this.#ended; at += maxMessageBytes) {
      if (!(await this.#connection.send(data.subarray(at, at + maxMessageBytes)))) return;
    }
  }

  async closeInput(): Promise<void> {
    if (!this.#options.stdin || this.#ended) return;
    this.#inputEnded = true;
    await new Promise<void>((resolve) => this.#socket.end(resolve));
  }

  close(): void {
    this.#queue.end();
    const { park } = this.#options;
    if (park === undefined || this.#ended) {
      this.#socket.destroy();
      return;
    }
    this.#socket.removeAllListeners("end");
    this.#connection.stopReading();
    park(this.#socket);
  }

  /**
   * conmon sees the end of its process only once it has handed over all output. When the reader lags and the process is
   * dead, what remains (a pipe and a socket full at most) is taken into memory at once.
   */
  drainWhenDead(pid: number): void {
    this.#queue.drainWhen(() => isZombie(pid));
  }

  /** Lets the output end only after `known`, so that who reads to the end then finds it there. */
  endAfter(known: Promise<unknown>): void {
    this.#queue.endAfter(known);
  }

  get #ended(): boolean {
    return this.#inputEnded || this.#socket.destroyed;
  }

  #receive(message: Buffer): void {
    const mark = message[0];
    const { stdout, stderr } = this.#options;
    const data = message.subarray(1);
    if (mark === stdoutMark && stdout) this.#queue.push({ stream: "stdout", data });
    else if (mark === stderrMark && stderr) this.#queue.push({ stream: "stderr", data });
  }

  #takeRest(): void {
    for (const message of this.#connection.takeUnread()) this.#receive(message);
    this.#queue.end();
  }

  #finish(): void {
    this.#queue.end();
    this.#socket.destroy();
  }
}
