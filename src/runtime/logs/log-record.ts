import type { OutputChunk } from "../runtime-service.ts";

const newline = 0x0a;
const space = 0x20;
const partialTag = 0x50; // P
const letterE = 0x65;
/** conmon's fields have fixed widths: `2026-01-01T00:00:00.000000000+00:00 stdout F `. */
const timeBytes = 35;
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

/** When the record that starts at `start` was written, as conmon wrote it: RFC 3339 with nanoseconds and offset. */
export function recordTime(block: Buffer, start: number): string {
  return block.toString("latin1", start, start + timeBytes);
}

/** Seconds since the epoch, with fraction. */
export function recordSeconds(time: string): number {
  const fraction = /\.(\d+)/.exec(time);
  return Date.parse(time.replace(/\.\d+/, "")) / 1000 + Number(`0.${fraction?.[1] ?? "0"}`);
}

/** As Docker prints it: UTC. */
export function dockerTime(time: string): string {
  if (time.endsWith("+00:00")) return `${time.slice(0, -6)}Z`;
  const fraction = /\.\d+/.exec(time)?.[0] ?? "";
  return `${new Date(time.replace(fraction, "")).toISOString().slice(0, 19)}${fraction}Z`;
}
