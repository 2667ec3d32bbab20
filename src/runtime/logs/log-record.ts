import type { OutputChunk } from "../runtime-service.ts";
import type { Timestamp } from "../../spec/timestamp.ts";

const newline = 0x0a;
const space = 0x20;
const partialTag = 0x50; // P
const letterE = 0x65;
/** conmon's fields have fixed widths: `2026-01-01T00:00:00.000000000+00:00 stdout F `. */
const timeBytes = 35;
/** Of the time without its offset: always UTC, as conmon is started. */
const utcTimeBytes = 29;
const streamBytes = 6;

/**
 * One line of a k8s-file (CRI) log: `TIME STREAM TAG CONTENT\n`, by its offsets in a block. Tag F ends a line of
 * output, P is a piece of one whose rest follows.
 */
export interface LogRecord {
  stream: OutputChunk["stream"];
  /** The content; its newline is inside exactly if the output had it. */
  contentStart: number;
  contentEnd: number;
  endsLine: boolean;
}

/** Where the record that starts at `start` ends (behind its newline); -1 when it is not complete yet. */
export function recordEnd(block: Buffer, start: number): number {
  const at = block.indexOf(newline, start);
  return at < 0 ? -1 : at + 1;
}

/** Undefined for a line that is none of conmon's (cut by a crash). */
export function parseRecord(block: Buffer, start: number, end: number): LogRecord | undefined {
  const streamStart = start + timeBytes + 1;
  const tag = streamStart + streamBytes + 1;
  if (
    tag + 2 > end ||
    block[streamStart - 1] !== space ||
    block[tag - 1] !== space ||
    block[tag + 1] !== space
  ) {
    return undefined;
  }
  const endsLine = block[tag] !== partialTag;
  return {
    stream: block[streamStart + 3] === letterE ? "stderr" : "stdout",
    contentStart: tag + 2,
    contentEnd: endsLine ? end : end - 1,
    endsLine,
  };
}

/** When the record that starts at `start` was written, as Docker prints it: RFC 3339 in UTC with nanoseconds. */
export function recordTime(block: Buffer, start: number): string {
  return `${block.toString("latin1", start, start + utcTimeBytes)}Z`;
}

/** The last second of the year 9999: beyond it, times have no fixed width. */
const maxSeconds = 253_402_300_799;

/** A time as the log has it, to be compared with those of records. */
export function logTime({ seconds, nanoseconds }: Timestamp): Buffer {
  const date = new Date(Math.min(Math.max(seconds, 0), maxSeconds) * 1000).toISOString().slice(0, 19);
  return Buffer.from(`${date}.${String(nanoseconds).padStart(9, "0")}`);
}

/** Below zero when the record that starts at `start` is earlier than `time`, above when it is later. */
export function compareTime(block: Buffer, start: number, time: Buffer): number {
  return block.compare(time, 0, utcTimeBytes, start, start + utcTimeBytes);
}
