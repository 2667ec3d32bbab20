import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { openCompressed } from "./compressed-segment.ts";
import type { Segment } from "./log-directory.ts";

/** The bytes of one segment of a log, at any place. */
export interface LogSource extends Disposable {
  /** May grow. */
  readonly sizeBytes: number;
  /** Reads into `into` from `position` on; answers how many bytes, 0 at the end. */
  read(position: number, into: Buffer): number;
}

/** Throws ENOENT for one that went meanwhile. */
export function openSegment(segment: Segment): LogSource {
  return segment.compressed ? openCompressed(segment.path) : openPlain(segment.path);
}

function openPlain(path: string): LogSource {
  const fd = openSync(path, "r");
  return {
    get sizeBytes() {
      return fstatSync(fd).size;
    },
    read: (position, into) => readSync(fd, into, 0, into.length, position),
    [Symbol.dispose]: () => closeSync(fd),
  };
}

/** Up to `length` bytes from `position` on. */
export function readAt(source: LogSource, position: number, length: number): Buffer {
  const block = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const count = source.read(position + filled, block.subarray(filled));
    if (count === 0) break;
    filled += count;
  }
  return block.subarray(0, filled);
}
