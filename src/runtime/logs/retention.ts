import { closeSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import type { LogKeeping } from "./keeping.ts";
import type { LogDirectory, Segment } from "./log-directory.ts";
import { recordEnd } from "./log-record.ts";
import { type LogSource, openSegment, readAt } from "./log-source.ts";

/** What goes of a log that has outgrown its bound. */
export interface RetentionPlan {
  remove: Segment[];
  /** Of this segment only the end stays: output came faster than anybody looked. */
  trim?: { segment: Segment; toBytes: number };
}

/**
 * As with files of a fixed size, the oldest segment goes when what remains without it is no less than the bound less
 * one segment. `writing` says that a monitor still writes to the last one.
 */
export function planRetention(segments: Segment[], keeping: LogKeeping, writing: boolean): RetentionPlan {
  const { keptBytes, segmentBytes } = keeping;
  if (keptBytes === undefined) return { remove: [] };
  let total = segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let first = 0;
  for (; first < segments.length - 1; first += 1) {
    const rest = total - (segments[first]?.sizeBytes ?? 0);
    if (rest < keptBytes - segmentBytes) break;
    total = rest;
  }
  const remove = segments.slice(0, first);
  const oldest = segments[first];
  const finished = first < segments.length - 1 || !writing;
  // Not for a little too much while output comes: that would copy more than it frees.
  const tolerated = writing ? 2 * keptBytes : keptBytes;
  if (oldest === undefined || oldest.compressed || !finished || total <= tolerated) return { remove };
  return { remove, trim: { segment: oldest, toBytes: Math.max(keptBytes - total + oldest.sizeBytes, 0) } };
}

/** Brings a log back within its bound. */
export function applyRetention(log: LogDirectory, keeping: LogKeeping, writing: boolean): void {
  const { remove, trim } = planRetention(log.segments(), keeping, writing);
  for (const { path } of remove) rmSync(path, { force: true });
  if (trim !== undefined) trimSegment(trim.segment, trim.toBytes);
}

const blockBytes = 1024 * 1024;

/** Keeps the last whole records of a segment that have room in `toBytes`. */
function trimSegment(segment: Segment, toBytes: number): void {
  const unfinished = `${segment.path}.tmp`;
  using source = openSegment(segment);
  const fd = openSync(unfinished, "w", 0o600);
  try {
    copyEnd(source, Math.max(segment.sizeBytes - toBytes, 0), fd);
    renameSync(unfinished, segment.path);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
}

function copyEnd(source: LogSource, from: number, fd: number): void {
  let position = from === 0 ? 0 : firstRecord(source, from - 1);
  while (position < source.sizeBytes) {
    const block = readAt(source, position, blockBytes);
    writeSync(fd, block);
    position += block.length;
  }
}

/** Behind the first end of a record at or behind `position`. */
function firstRecord(source: LogSource, position: number): number {
  for (let at = position; at < source.sizeBytes; at += blockBytes) {
    const end = recordEnd(readAt(source, at, blockBytes), 0);
    if (end >= 0) return at + end;
  }
  return source.sizeBytes;
}
