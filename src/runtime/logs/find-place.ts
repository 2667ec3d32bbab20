// Where to begin reading a log: found from its end, or by halving, never by reading it all.
import { errnoOf } from "../../base/errors.ts";
import type { Segment } from "./log-directory.ts";
import { compareTime, parseRecord, recordEnd } from "./log-record.ts";
import { type LogSource, openSegment, readAt } from "./log-source.ts";

export interface Place {
  segment: number;
  offset: number;
}

const blockBytes = 64 * 1024;
const newline = 0x0a;

/** The later of two places. */
export function later(a: Place, b: Place): Place {
  return a.segment > b.segment || (a.segment === b.segment && a.offset > b.offset) ? a : b;
}

/** Behind everything that was written. */
export function endOf(segments: Segment[]): Place {
  const last = segments.at(-1);
  return { segment: last?.number ?? 0, offset: last?.sizeBytes ?? 0 };
}

/**
 * Where the last `count` lines begin. A line may be several records; one that is not finished yet counts too.
 */
export function placeOfTail(segments: Segment[], count: number): Place {
  const start = { segment: segments[0]?.number ?? 0, offset: 0 };
  if (count === 0) return endOf(segments);
  if (!Number.isFinite(count)) return start;
  let lines = 0;
  const seen = new Set<string>();
  for (const { place, endsLine, stream } of recordsBackwards(segments)) {
    // The end of a line, going backwards: its F record, or the last piece of one that still lacks it.
    if (endsLine || !seen.has(stream)) lines += 1;
    seen.add(stream);
    if (lines > count) return place;
  }
  return start;
}

/** Where what was written at `time` or later begins: records are in the order of their times. */
export function placeOfTime(segments: Segment[], time: Buffer): Place {
  let low = 0;
  let high = segments.length - 1;
  // The last segment that begins before the time.
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (beginsBefore(segments[middle], time)) low = middle;
    else high = middle - 1;
  }
  const segment = segments[low];
  if (segment === undefined) return { segment: 0, offset: 0 };
  return { segment: segment.number, offset: inSegment(segment, (source) => offsetOfTime(source, time)) ?? 0 };
}

function beginsBefore(segment: Segment | undefined, time: Buffer): boolean {
  if (segment === undefined) return false;
  return (
    inSegment(segment, (source) => {
      const head = readAt(source, 0, time.length);
      return head.length === time.length && compareTime(head, 0, time) < 0;
    }) ?? true
  );
}

function offsetOfTime(source: LogSource, time: Buffer): number {
  let low = 0;
  let high = source.sizeBytes;
  while (high - low > blockBytes) {
    const middle = Math.floor((low + high) / 2);
    const record = recordAfter(source, middle);
    if (record !== undefined && record < high && isBefore(source, record, time)) low = record;
    else high = middle;
  }
  // The last stretch is read through: whoever reads from here leaves out what is too early.
  return low;
}

/** The first beginning of a record at or behind `position` (of a line that is not cut off). */
function recordAfter(source: LogSource, position: number): number | undefined {
  for (let at = position; at < source.sizeBytes; at += blockBytes) {
    const end = recordEnd(readAt(source, at, blockBytes), 0);
    if (end >= 0) return at + end;
  }
  return undefined;
}

function isBefore(source: LogSource, record: number, time: Buffer): boolean {
  const head = readAt(source, record, time.length);
  return head.length === time.length && compareTime(head, 0, time) < 0;
}

/** Undefined where the segment went meanwhile: it was the oldest. */
function inSegment<T>(segment: Segment, task: (source: LogSource) => T): T | undefined {
  try {
    using source = openSegment(segment);
    return task(source);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

interface PassedRecord {
  /** Where it ends. */
  place: Place;
  endsLine: boolean;
  stream: string;
}

/** Records from the last to the first. */
function* recordsBackwards(segments: Segment[]): Generator<PassedRecord> {
  for (const segment of segments.toReversed()) {
    using source = openSegment(segment);
    yield* segmentBackwards(source, segment);
  }
}

function* segmentBackwards(source: LogSource, { number, sizeBytes }: Segment): Generator<PassedRecord> {
  let position = sizeBytes;
  let rest: Buffer = Buffer.alloc(0);
  while (position > 0) {
    const length = Math.min(blockBytes, position);
    position -= length;
    const block = Buffer.concat([readAt(source, position, length), rest]);
    let end = block.length;
    for (;;) {
      const before = end < 2 ? -1 : block.lastIndexOf(newline, end - 2);
      if (before < 0) break;
      yield* passed(block, before + 1, end, { segment: number, offset: position + end });
      end = before + 1;
    }
    rest = block.subarray(0, end);
  }
  if (rest.length > 0) yield* passed(rest, 0, rest.length, { segment: number, offset: rest.length });
}

function* passed(block: Buffer, start: number, end: number, place: Place): Generator<PassedRecord> {
  const record = parseRecord(block, start, end);
  if (record !== undefined) yield { place, endsLine: record.endsLine, stream: record.stream };
}
