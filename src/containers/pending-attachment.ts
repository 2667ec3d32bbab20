import type { Attachment, OutputChunk } from "../runtime/runtime-service.ts";

/**
 * An attachment to a container that does not run yet: its client may write and read at once, and is served from the
 * moment the container's stdio exists. `connect` comes from the next start; `abandon` when that start failed.
 */
export class PendingAttachment implements Attachment {
  readonly wants: { stdin: boolean; stdout: boolean; stderr: boolean };
  readonly #connected = Promise.withResolvers<Attachment | undefined>();
  #attachment: Attachment | undefined;
  #closed = false;
  #onClose: () => void = () => undefined;

  constructor(wants: { stdin: boolean; stdout: boolean; stderr: boolean }) {
    this.wants = wants;
  }

  connect(attachment: Attachment): void {
    if (this.#closed) {
      attachment.close();
      return;
    }
    this.#attachment = attachment;
    this.#connected.resolve(attachment);
  }

  /** The container will not start: the client sees the end of its streams. */
  abandon(): void {
    this.#connected.resolve(undefined);
  }

  onClose(listener: () => void): void {
    this.#onClose = listener;
  }

  readonly output: AsyncIterable<OutputChunk> = {
    [Symbol.asyncIterator]: () => this.#read(),
  };

  async write(data: Uint8Array): Promise<void> {
    await (await this.#connected.promise)?.write(data);
  }

  async closeInput(): Promise<void> {
    await (await this.#connected.promise)?.closeInput();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#attachment?.close();
    this.#connected.resolve(undefined);
    this.#onClose();
  }

  async *#read(): AsyncGenerator<OutputChunk> {
    const attachment = await this.#connected.promise;
    if (attachment !== undefined) yield* attachment.output;
  }
}
