import { errnoOf } from "../base/errors.ts";

const nap = new Int32Array(new SharedArrayBuffer(4));

/**
 * Writes everything, also to a non-blocking pipe that another process shares and reads slowly. A reader that is gone
 * ends the process as SIGPIPE would.
 */
export function writeAll(data: string | Uint8Array, writeSome: (bytes: Uint8Array) => number): void {
  const bytes = typeof data === "string" ? Buffer.from(data) : data;
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSome(bytes.subarray(written));
    } catch (error) {
      if (errnoOf(error) === "EINTR") continue;
      if (errnoOf(error) === "EAGAIN") Atomics.wait(nap, 0, 0, 1);
      else if (errnoOf(error) === "EPIPE") process.exit(128 + 13);
      else throw error;
    }
  }
}
