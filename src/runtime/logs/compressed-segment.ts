import { closeSync, fstatSync, openSync, readSync, renameSync, rmSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { promisify } from "node:util";
import { constants, zstdCompress, zstdDecompressSync } from "node:zlib";
import { EngineError } from "../../base/errors.ts";
import type { LogSource } from "./log-source.ts";

/** What is compressed at once: what is unpacked again to read any byte of it. */
const frameBytes = 1024 * 1024;
/** Before each frame: its length, and that of what it holds, each four bytes, little-endian. */
const headerBytes = 8;
const compress = promisify(zstdCompress);
const options = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/** Writes what is in `from` to `to`, in frames, whole or not at all; `from` goes. */
export async function compressSegment(from: string, to: string): Promise<void> {
  const unfinished = `${to}.tmp`;
  try {
    await using input = await open(from, "r");
    await using output = await open(unfinished, "w", 0o600);
    await writeFrames(input, output);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
  renameSync(unfinished, to);
  rmSync(from);
}

async function writeFrames(input: FileHandle, output: FileHandle): Promise<void> {
  const block = Buffer.allocUnsafe(frameBytes);
  for (;;) {
    const { bytesRead } = await input.read(block, 0, frameBytes);
    if (bytesRead === 0) return;
    const frame = await compress(block.subarray(0, bytesRead), options);
    const header = Buffer.alloc(headerBytes);
    header.writeUInt32LE(frame.length, 0);
    header.writeUInt32LE(bytesRead, 4);
    await output.writev([header, frame]);
  }
}

interface Frame {
  /** Of its first byte, once unpacked. */
  start: number;
  length: number;
  at: number;
  packedLength: number;
}

/** Reads a compressed segment as if it were not; holds one frame unpacked. */
export function openCompressed(path: string): LogSource {
  const fd = openSync(path, "r");
  let frames: Frame[];
  try {
    frames = readFrames(fd);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  const last = frames.at(-1);
  let unpacked: { start: number; data: Buffer } | undefined;
  return {
    sizeBytes: last === undefined ? 0 : last.start + last.length,
    read(position, into) {
      const frame = frames.find(({ start, length }) => position >= start && position < start + length);
      if (frame === undefined) return 0;
      if (unpacked?.start !== frame.start) unpacked = { start: frame.start, data: unpack(fd, frame) };
      return unpacked.data.copy(into, 0, position - frame.start);
    },
    [Symbol.dispose]: () => closeSync(fd),
  };
}

function readFrames(fd: number): Frame[] {
  const frames: Frame[] = [];
  const header = Buffer.alloc(headerBytes);
  let start = 0;
  for (let at = 0, end = fstatSync(fd).size; at < end; ) {
    if (readSync(fd, header, 0, headerBytes, at) < headerBytes) throw damaged();
    const packedLength = header.readUInt32LE(0);
    const length = header.readUInt32LE(4);
    frames.push({ start, length, at: at + headerBytes, packedLength });
    start += length;
    at += headerBytes + packedLength;
    if (at > end) throw damaged();
  }
  return frames;
}

function unpack(fd: number, { at, packedLength }: Frame): Buffer {
  const packed = Buffer.allocUnsafe(packedLength);
  if (readSync(fd, packed, 0, packedLength, at) < packedLength) throw damaged();
  return zstdDecompressSync(packed);
}

function damaged(): EngineError {
  return new EngineError("internal", "a compressed part of the log is damaged");
}
