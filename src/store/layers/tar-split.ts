import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { crc32, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { EngineError } from "../../base/errors.ts";
import type { BytePath } from "../archive/entry-path.ts";

// How a layer's tar comes back byte for byte: a directory of files cannot say which of the many encodings of the same
// tree the tar had (order, formats, padding, duplicate entries). So all that is not file content is kept beside the
// directory as it stood, compressed, and content is taken from the files. For a root file system of 124 MB that is
// some 100 KB, against 124 MB more for keeping the tar itself. Docker's tar-split has the same idea.
//
// The file is a run of blocks: u32 length, then a zstd frame of records:
//   raw      u8 0, u32 length, bytes
//   content  u8 1, u32 entry number, u32 CRC-32, f64 offset, f64 length, u16 path length, path

/** Bytes of content that a file of the layer holds. */
export interface ContentPiece {
  /** Counts the archive's entries from 0; a replaced file is kept under this number. */
  entry: number;
  path: BytePath;
  offset: number;
  length: number;
  crc: number;
}

const rawTag = 0;
const contentTag = 1;
const rawHeaderBytes = 5;
const contentHeaderBytes = 27;
const blockBytes = 1 << 20;

/** Writes the record of one archive to `descriptor` while it is unpacked. */
export class TarSplitWriter {
  readonly #descriptor: number;
  readonly #block = Buffer.alloc(blockBytes);
  #fill = 0;
  /** Where the raw record that is still growing begins. */
  #rawStart: number | undefined;
  #piece: ContentPiece | undefined;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  raw(bytes: Buffer): void {
    this.#endPiece();
    for (let at = 0; at < bytes.length; ) {
      this.#rawStart ??= this.#begin(rawHeaderBytes + 1, rawTag);
      const taken = bytes.copy(this.#block, this.#fill, at);
      this.#fill += taken;
      at += taken;
      if (at < bytes.length) this.#flush();
    }
  }

  content(entry: number, path: BytePath, bytes: Buffer, offset: number): void {
    const piece = this.#piece;
    if (piece !== undefined && piece.entry === entry && piece.offset + piece.length === offset) {
      piece.length += bytes.length;
      piece.crc = crc32(bytes, piece.crc);
      return;
    }
    this.#endPiece();
    this.#piece = { entry, path, offset, length: bytes.length, crc: crc32(bytes) };
  }

  end(): void {
    this.#endPiece();
    this.#flush();
  }

  #endPiece(): void {
    if (this.#piece === undefined) return;
    const { entry, path, offset, length, crc } = this.#piece;
    this.#piece = undefined;
    this.#endRaw();
    const at = this.#begin(contentHeaderBytes + path.length, contentTag);
    const block = this.#block;
    block.writeUInt32LE(entry, at + 1);
    block.writeUInt32LE(crc, at + 5);
    block.writeDoubleLE(offset, at + 9);
    block.writeDoubleLE(length, at + 17);
    block.writeUInt16LE(path.length, at + 25);
    this.#fill = at + contentHeaderBytes + block.write(path, at + contentHeaderBytes, "latin1");
  }

  /** Begins a record that needs at least `bytes`; answers where. */
  #begin(bytes: number, tag: number): number {
    if (this.#fill + bytes > blockBytes) this.#flush();
    const at = this.#fill;
    this.#block.writeUInt8(tag, at);
    this.#fill = at + rawHeaderBytes;
    return at;
  }

  #endRaw(): void {
    if (this.#rawStart === undefined) return;
    this.#block.writeUInt32LE(this.#fill - this.#rawStart - rawHeaderBytes, this.#rawStart + 1);
    this.#rawStart = undefined;
  }

  #flush(): void {
    this.#endRaw();
    if (this.#fill === 0) return;
    const frame = zstdCompressSync(this.#block.subarray(0, this.#fill));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(frame.length);
    writeWhole(this.#descriptor, length);
    writeWhole(this.#descriptor, frame);
    this.#fill = 0;
  }
}

function writeWhole(descriptor: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
}

/** The records of a split file in order. */
export function* readTarSplit(path: string): Generator<Buffer | ContentPiece> {
  const file = readFileSync(path);
  for (let at = 0; at < file.length; ) {
    const length = file.readUInt32LE(at);
    const block = zstdDecompressSync(file.subarray(at + 4, at + 4 + length));
    at += 4 + length;
    yield* recordsIn(block);
  }
}

function* recordsIn(block: Buffer): Generator<Buffer | ContentPiece> {
  for (let at = 0; at < block.length; ) {
    if (block[at] === rawTag) {
      const end = at + rawHeaderBytes + block.readUInt32LE(at + 1);
      yield block.subarray(at + rawHeaderBytes, end);
      at = end;
      continue;
    }
    const end = at + contentHeaderBytes + block.readUInt16LE(at + 25);
    yield {
      entry: block.readUInt32LE(at + 1),
      crc: block.readUInt32LE(at + 5),
      offset: block.readDoubleLE(at + 9),
      length: block.readDoubleLE(at + 17),
      path: block.toString("latin1", at + contentHeaderBytes, end),
    };
    at = end;
  }
}

const defaultChunkBytes = 256 * 1024;
const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW;

/** Where a layer's parts lie. */
export interface LayerFiles {
  diff: string;
  split: string;
  /** Files that a later entry of the same archive replaced, by entry number. */
  replaced: string;
}

export interface AssembleOptions {
  /** Length of each chunk but the last. */
  chunkBytes?: number;
  /** Every chunk is the same memory: done with before the next is asked for. */
  reuse?: boolean;
}

/** The layer's tar. Every file is checked against the sum taken when it came: a damaged disk is no layer. */
export function* assembleTar(files: LayerFiles, options: AssembleOptions = {}): Generator<Buffer> {
  const chunk = new Chunk(options);
  const source = { diff: files.diff, replaced: replacedFiles(files) };
  for (const record of readTarSplit(files.split))
    yield* Buffer.isBuffer(record) ? copyRaw(record, chunk) : readPiece(source, record, chunk);
  if (chunk.fill > 0) yield chunk.take();
}

/** What is being filled. */
class Chunk {
  fill = 0;
  readonly #options: Required<AssembleOptions>;
  #memory: Buffer;

  constructor({ chunkBytes = defaultChunkBytes, reuse = false }: AssembleOptions) {
    this.#options = { chunkBytes, reuse };
    this.#memory = Buffer.allocUnsafe(chunkBytes);
  }

  get isFull(): boolean {
    return this.fill === this.#memory.length;
  }

  /** Where the next bytes go. */
  get room(): Buffer {
    return this.#memory.subarray(this.fill);
  }

  take(): Buffer {
    const taken = this.#memory.subarray(0, this.fill);
    if (!this.#options.reuse) this.#memory = Buffer.allocUnsafe(this.#options.chunkBytes);
    this.fill = 0;
    return taken;
  }
}

function* copyRaw(bytes: Buffer, chunk: Chunk): Generator<Buffer> {
  for (let done = 0; done < bytes.length; ) {
    const size = bytes.copy(chunk.room, 0, done);
    done += size;
    chunk.fill += size;
    if (chunk.isFull) yield chunk.take();
  }
}

/** Where content is read from. */
interface PieceSource {
  diff: string;
  /** Paths of replaced files by entry: few layers have any, and looking for each of thousands costs. */
  replaced: ReadonlyMap<number, string>;
}

function replacedFiles({ replaced }: LayerFiles): PieceSource["replaced"] {
  return new Map(readdirSync(replaced).map((name) => [Number(name), join(replaced, name)]));
}

/** Straight into the chunk: at 5,000 files a copy of each would cost more than reading it. */
function* readPiece(source: PieceSource, piece: ContentPiece, chunk: Chunk): Generator<Buffer> {
  const descriptor = openPiece(source, piece);
  try {
    let crc = 0;
    for (let done = 0; done < piece.length; ) {
      const { room } = chunk;
      const size = readSync(
        descriptor,
        room,
        0,
        Math.min(room.length, piece.length - done),
        piece.offset + done,
      );
      if (size === 0) throw damaged(piece);
      crc = crc32(room.subarray(0, size), crc);
      done += size;
      chunk.fill += size;
      if (chunk.isFull) yield chunk.take();
    }
    if (crc !== piece.crc) throw damaged(piece);
  } finally {
    closeSync(descriptor);
  }
}

function openPiece({ diff, replaced }: PieceSource, piece: ContentPiece): number {
  const path =
    replaced.get(piece.entry) ?? Buffer.concat([Buffer.from(`${diff}/`), Buffer.from(piece.path, "latin1")]);
  const descriptor = openIfThere(path);
  if (descriptor === undefined || !fstatSync(descriptor).isFile()) throw damaged(piece);
  return descriptor;
}

function openIfThere(path: string | Buffer): number | undefined {
  try {
    return openSync(path, readFlags);
  } catch {
    return undefined;
  }
}

function damaged(piece: ContentPiece): EngineError {
  return new EngineError("internal", `the layer is damaged: ${piece.path} is not what was unpacked`);
}
