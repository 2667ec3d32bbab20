import type { Readable, Writable } from "node:stream";

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
