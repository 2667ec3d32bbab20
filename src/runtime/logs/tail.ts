import { readSync } from "node:fs";
import { parseRecord } from "./log-record.ts";

const blockBytes = 64 * 1024;
const newline = 0x0a;

/**
 * The offset at which the last `count` lines of a log begin, found from its end. A line may be several records; one
 * that is not finished yet counts too.
 */
export function tailOffset(fd: number, sizeBytes: number, count: number): number {
  if (count === 0) return sizeBytes;
  if (!Number.isFinite(count)) return 0;
  let lines = 0;
  const seen = new Set<string>();
  for (const { offset, endsLine, stream } of recordsBackwards(fd, sizeBytes)) {
    // The end of a line, going backwards: its F record, or the last piece of one that still lacks it.
    if (endsLine || !seen.has(stream)) lines += 1;
    seen.add(stream);
    if (lines > count) return offset;
  }
  return 0;
}

/** Records from the last to the first; `offset` is where each ends. */
function* recordsBackwards(
  fd: number,
  sizeBytes: number,
): Generator<{ offset: number; endsLine: boolean; stream: string }> {
  let position = sizeBytes;
  let rest: Buffer = Buffer.alloc(0);
  while (position > 0) {
    const length = Math.min(blockBytes, position);
    position -= length;
    const block = Buffer.concat([readAt(fd, position, length), rest]);
    let end = block.length;
    for (;;) {
      const before = end < 2 ? -1 : block.lastIndexOf(newline, end - 2);
      if (before < 0) break;
      yield* recordAt(block, before + 1, end, position);
      end = before + 1;
    }
    rest = block.subarray(0, end);
  }
  if (rest.length > 0) yield* recordAt(rest, 0, rest.length, 0);
}

function* recordAt(block: Buffer, start: number, end: number, position: number) {
  const record = parseRecord(block, start, end);
  if (record !== undefined)
    yield { offset: position + end, endsLine: record.endsLine, stream: record.stream };
}

function readAt(fd: number, position: number, length: number): Buffer {
  const block = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const count = readSync(fd, block, filled, length - filled, position + filled);
    if (count === 0) break;
    filled += count;
  }
  return block.subarray(0, filled);
}
