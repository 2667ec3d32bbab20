import { fstatSync, ftruncateSync, readSync, writeSync } from "node:fs";
import { errno, KernelError, libc } from "./libc.ts";

const seekData = 3;
const seekHole = 4;
const ENXIO = 6;
const blockBytes = 512n;
let kept: Buffer | undefined;

/** Copies a file's bytes from one open file to another, holes staying holes. */
export function copyContent(source: number, destination: number): void {
  const { size, blocks } = fstatSync(source, { bigint: true });
  const end = Number(size);
  if (blocks * blockBytes >= size) return copyRange(source, destination, 0, end);
  ftruncateSync(destination, end);
  for (let at = nextData(source, 0, end); at < end; ) {
    const hole = Math.min(end, seek(source, at, seekHole) ?? end);
    copyRange(source, destination, at, hole);
    at = nextData(source, hole, end);
  }
}

function copyRange(source: number, destination: number, start: number, end: number): void {
  const buffer = (kept ??= Buffer.allocUnsafe(1 << 20));
  for (let at = start; at < end; ) {
    const size = readSync(source, buffer, 0, Math.min(buffer.length, end - at), at);
    if (size === 0) return;
    for (let done = 0; done < size; ) {
      done += writeSync(destination, buffer, done, size - done, at + done);
    }
    at += size;
  }
}

/** Where the next bytes that are no hole begin; `end` when none do. */
function nextData(descriptor: number, from: number, end: number): number {
  return Math.min(end, seek(descriptor, from, seekData) ?? end);
}

/** lseek(2); undefined past the last data. */
function seek(descriptor: number, offset: number, whence: number): number | undefined {
  const result = Number(libc.lseek(descriptor, offset, whence));
  if (result >= 0) return result;
  const number = errno();
  if (number === ENXIO) return undefined;
  throw new KernelError("lseek", number);
}
