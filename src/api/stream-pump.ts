import type { Readable, Writable } from "node:stream";
import type { Attachment, OutputChunk } from "../runtime/runtime-service.ts";
import type { Hijacked } from "./reply.ts";

const streamNumber = { stdin: 0, stdout: 1, stderr: 2 } as const;
/** How long a client may keep its half of a finished stream open. */
const lingerMs = 10_000;

/**
 * Docker's multiplexed stream: a header of the stream's number, three zero bytes and the length (big-endian), then
 * the bytes. Source: Engine API, ContainerAttach, "Stream format".
 */
export function frame(stream: OutputChunk["stream"], data: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(8 + data.length);
  framed.writeUInt32BE(streamNumber[stream] << 24, 0);
  framed.writeUInt32BE(data.length, 4);
  framed.set(data, 8);
  return framed;
}

/** Writes and waits while the reader is slow; false when the reader is gone. */
export async function writeSlowly(output: Writable, data: Uint8Array | string): Promise<boolean> {
  if (output.destroyed || output.closed) return false;
  if (output.write(data)) return true;
  return new Promise((resolve) => {
    const done = (drained: boolean) => {
      output.off("drain", onDrain).off("close", onClose).off("error", onClose);
      resolve(drained);
    };
    const onDrain = () => done(true);
    const onClose = () => done(false);
    output.on("drain", onDrain).on("close", onClose).on("error", onClose);
  });
}

/** Waits for bytes to read; false when none will come any more. */
export function becomesReadable(stream: Readable): Promise<boolean> {
  if (stream.readableEnded || stream.destroyed || stream.errored) return Promise.resolve(false);
  return new Promise((resolve) => {
    const done = (readable: boolean) => {
      stream.off("readable", onReadable).off("end", onEnd).off("close", onEnd).off("error", onEnd);
      resolve(readable);
    };
    const onReadable = () => done(true);
    const onEnd = () => done(false);
    stream.on("readable", onReadable).on("end", onEnd).on("close", onEnd).on("error", onEnd);
  });
}

/** Copies a process's output until it ends; false when the reader went first. */
export async function pumpOutput(
  chunks: AsyncIterable<OutputChunk>,
  output: Writable,
  framed: boolean,
): Promise<boolean> {
  for await (const { stream, data } of chunks) {
    if (data.length === 0) continue;
    if (!(await writeSlowly(output, framed ? frame(stream, data) : data))) return false;
  }
  return true;
}

/** Copies what the client types into the process; the client's half-close becomes the process's end of input. */
async function pumpInput(input: Readable, attachment: Attachment): Promise<void> {
  for (;;) {
    const chunk: unknown = input.read();
    if (chunk instanceof Uint8Array) await attachment.write(chunk);
    else if (!(await becomesReadable(input))) break;
  }
  if (input.readableEnded) await attachment.closeInput();
}

/**
 * Joins a hijacked connection and a process's stdio until the process's side ends or the client is gone. Nothing is
 * read ahead in either direction, so that a slow side slows the other and memory stays bounded.
 */
export async function pump(
  connection: Hijacked,
  attachment: Attachment,
  options: { framed: boolean; stdin: boolean; onInputError: (error: unknown) => void },
): Promise<void> {
  const { input, output } = connection;
  const gone = () => attachment.close();
  output.on("close", gone);
  try {
    if (options.stdin) pumpInput(input, attachment).catch(options.onInputError);
    else input.resume();
    await pumpOutput(attachment.output, output, options.framed);
  } finally {
    attachment.close();
    output.off("close", gone);
    finish(connection);
  }
}

/**
 * Says there is no more, then drains what the client still sends: closing a socket with unread bytes would reset it
 * and could cost the client the last of the output.
 */
export function finish({ input, output }: Hijacked): void {
  if (output.destroyed) return;
  output.end();
  input.resume();
  const timer = setTimeout(() => output.destroy(), lingerMs);
  timer.unref();
  output.once("close", () => clearTimeout(timer));
  // `end` of the last byte written has been asked for above: only then may the socket go.
  input.once("end", () => output.once("finish", () => output.destroy()));
}
