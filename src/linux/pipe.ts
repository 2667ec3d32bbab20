import { check, libc } from "./libc.ts";

export interface Pipe {
  readEnd: number;
  writeEnd: number;
}

const O_CLOEXEC = 0o2000000;
const F_SETPIPE_SZ = 1031;

/**
 * A pipe of our own, both ends closed on exec. Bun's `"pipe"` is a socket pair with a small buffer; this one takes
 * `capacityBytes` before a writer has to wait (fewer where the system's limit is lower).
 */
export function makePipe(capacityBytes?: number): Pipe {
  const ends = new Int32Array(2);
  check(libc.pipe2(ends, O_CLOEXEC), "pipe2");
  const [readEnd = -1, writeEnd = -1] = ends;
  if (capacityBytes !== undefined) libc.fcntl(writeEnd, F_SETPIPE_SZ, capacityBytes);
  return { readEnd, writeEnd };
}

/** The bytes that come out of a pipe's read end, until the last writer has gone; reading it holds no thread. Closes it. */
export function readPipe(readEnd: number): ReadableStream<Uint8Array> {
  return Bun.file(readEnd).stream();
}
