// Copying between a hijacked connection and a process's stdio.
import type { Readable, Writable } from "node:stream";
import type { Attachment, OutputChunk } from "../runtime/runtime-service.ts";
import { FrameWriter } from "./frame-writer.ts";
import type { Hijacked } from "./reply.ts";
import { becomesReadable } from "./stream-wait.ts";

/** How long a client may keep its half of a finished stream open. */
const lingerMs = 10_000;

/** Copies a process's output until it ends; false when the reader went first. */
export async function pumpOutput(
  chunks: AsyncIterable<OutputChunk>,
  output: Writable,
  framed: boolean,
): Promise<boolean> {
  const writer = new FrameWriter(output, framed);
  for await (const { stream, data } of chunks) if (!(await writer.write(stream, data))) return false;
  return writer.flush();
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
  // The client may have gone while its stream was being made.
  if (output.destroyed) gone();
  try {
    if (options.stdin && connection.carriesInput) pumpInput(input, attachment).catch(options.onInputError);
    else input.resume();
    await pumpOutput(attachment.output, output, options.framed);
  } finally {
    output.off("close", gone);
    // Closed last: from then on the end may be announced, and the client sees that of its stream first.
    finish(connection);
    await handedOver(output);
    attachment.close();
  }
}

/** Resolves when the kernel has all that was written, or nobody wants it any more. */
export async function handedOver(output: Writable): Promise<void> {
  if (output.writableFinished || output.destroyed) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      output.off("finish", done).off("close", done).off("error", done);
      resolve();
    };
    output.on("finish", done).on("close", done).on("error", done);
  });
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
