import { parseDetachKeys } from "../spec/detach-keys.ts";
import type { Attachment, OutputChunk } from "../runtime/runtime-service.ts";
import type { ContainerAttachment } from "./container-service.ts";

const defaultDetachKeys = "ctrl-p,ctrl-q";

export interface ClientView {
  tty: boolean;
  stdout: boolean;
  stderr: boolean;
  /** Undefined: no key detaches. */
  detachKeys?: string;
  /** Whether the client's end of input is the process's end of input. */
  closesInput: boolean;
  /** Sent before what comes live. */
  past?: AsyncIterable<OutputChunk>;
  onDetach?: () => void;
  /** All output has been handed on, or the client has gone. May come twice. */
  onClose?: (() => void) | undefined;
  /** The end of the output waits for this, so that a client that asks for the exit code right then gets it. */
  ended?: Promise<void>;
}

/** What one client sees of a process's stdio: the streams it asked for, past output first, detach keys honoured. */
export class ClientAttachment implements ContainerAttachment {
  readonly tty: boolean;
  readonly #attachment: Attachment;
  readonly #view: ClientView;
  readonly #detachKeys: Uint8Array | undefined;
  /** How many bytes of the detach sequence the input has matched so far. */
  #matched = 0;
  #closed = false;

  constructor(attachment: Attachment, view: ClientView) {
    this.tty = view.tty;
    this.#attachment = attachment;
    this.#view = view;
    this.#detachKeys =
      view.detachKeys === undefined ? undefined : parseDetachKeys(view.detachKeys || defaultDetachKeys);
  }

  readonly output: AsyncIterable<OutputChunk> = {
    [Symbol.asyncIterator]: () => this.#read(),
  };

  async write(data: Uint8Array): Promise<void> {
    const { input, detached } = this.#scan(data);
    if (input.length > 0) await this.#attachment.write(input);
    if (detached) {
      this.#view.onDetach?.();
      this.close();
    }
  }

  async closeInput(): Promise<void> {
    if (this.#view.closesInput) await this.#attachment.closeInput();
  }

  close(): void {
    this.#closed = true;
    this.#attachment.close();
    this.#view.onClose?.();
  }

  async *#read(): AsyncGenerator<OutputChunk> {
    const { past, stdout, stderr, tty } = this.#view;
    if (past !== undefined) yield* past;
    for await (const chunk of this.#attachment.output) {
      if (chunk.stream === "stdout" || tty ? stdout || (tty && stderr) : stderr) yield chunk;
    }
    if (!this.#closed) await this.#view.ended;
  }

  /** Holds back what may be the beginning of the detach sequence, until it is complete or turns out not to be it. */
  #scan(data: Uint8Array): { input: Uint8Array; detached: boolean } {
    const keys = this.#detachKeys;
    if (keys === undefined || keys.length === 0) return { input: data, detached: false };
    const input: number[] = [];
    for (const byte of data) {
      if (byte === keys[this.#matched]) {
        this.#matched += 1;
        if (this.#matched === keys.length) return { input: Uint8Array.from(input), detached: true };
        continue;
      }
      input.push(...keys.subarray(0, this.#matched));
      this.#matched = byte === keys[0] ? 1 : 0;
      if (this.#matched === 0) input.push(byte);
    }
    return { input: Uint8Array.from(input), detached: false };
  }
}
