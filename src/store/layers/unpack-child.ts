import { createHash } from "node:crypto";
import { mkdirSync, openSync, read as readWithCallback, readSync, writeSync } from "node:fs";
import { promisify } from "node:util";
import { diskFull, isDiskFull } from "../../base/disk-full.ts";
import { EngineError, errnoOf, type ErrorKind, messageOf } from "../../base/errors.ts";
import { check, cstring, libc } from "../../linux/libc.ts";
import { enterRoot, syncFileSystem } from "../../linux/special-files.ts";
import type { Digest } from "../../spec/digest.ts";
import { decompress, type ExpansionLimit } from "../archive/decompress.ts";
import { type BytePath, systemPath } from "../archive/entry-path.ts";
import { Extractor } from "../archive/extractor.ts";
import type { TarEntry } from "../archive/tar-entry.ts";
import { type TarHandler, TarReader } from "../archive/tar-reader.ts";
import { pathBytes } from "../../linux/xattr.ts";
import { TarSplitWriter } from "./tar-split.ts";

// The child that unpacks one layer: reads a tar on its standard input, chrooted into the layer's directory, and
// answers one line of JSON. Nothing of the archive can reach further than that directory.

export interface UnpackSummary {
  sizeBytes: number;
  hasRoot: boolean;
  /** Of a tar that came compressed: its sum and length. Of a plain one the parent knows both. */
  diffId?: Digest;
  tarBytes?: number;
}

/** What the parent reads on standard output. */
export type UnpackAnswer = UnpackSummary | { error: { kind: ErrorKind; message: string } };

/**
 * `directory` is the layer's, with `diff` made in it; `split` and `replaced` are made beside that. With an expansion
 * limit (ratio and free bytes) the tar comes compressed with gzip or zstd.
 */
export async function run([directory = "", ratio, freeBytes]: string[]): Promise<number> {
  try {
    const limit = ratio === undefined ? undefined : { ratio: Number(ratio), freeBytes: Number(freeBytes) };
    answer(limit === undefined ? unpack(directory) : await unpackCompressed(directory, limit));
    return 0;
  } catch (error) {
    answer({ error: describe(error) });
    return 1;
  }
}

function answer(message: UnpackAnswer): void {
  writeSync(1, `${JSON.stringify(message)}\n`);
}

const inputBytes = 1 << 20;

function unpack(directory: string): UnpackSummary {
  const { reader, finish } = open(directory);
  const input = Buffer.allocUnsafe(inputBytes);
  const read = () => readSync(0, input, 0, input.length, null);
  for (let size = read(); size > 0; size = read()) reader.write(input.subarray(0, size));
  return finish();
}

async function unpackCompressed(directory: string, limit: ExpansionLimit): Promise<UnpackSummary> {
  const { reader, finish } = open(directory);
  const hash = createHash("sha256");
  let tarBytes = 0;
  for await (const chunk of decompress(standardInput(), limit)) {
    hash.update(chunk);
    tarBytes += chunk.length;
    reader.write(chunk);
  }
  return { ...finish(), diffId: `sha256:${hash.digest("hex")}` as Digest, tarBytes };
}

/** Read while what came before is expanded. */
async function* standardInput(): AsyncGenerator<Buffer> {
  for (;;) {
    const buffer = Buffer.allocUnsafe(inputBytes);
    const { bytesRead } = await readSome(0, buffer, 0, buffer.length, null);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

const readSome = promisify(readWithCallback);

/** From here on the layer's directory is all there is. */
function open(directory: string): { reader: TarReader; finish: () => UnpackSummary } {
  process.umask(0);
  const split = openSync(`${directory}/split`, "wx", 0o600);
  mkdirSync(`${directory}/replaced`, 0o700);
  const replaced = openSync(`${directory}/replaced`, "r");
  enterRoot(`${directory}/diff`);
  const unpacker = new LayerUnpacker(split, replaced);
  const reader = new TarReader(unpacker);
  const finish = () => {
    reader.end();
    unpacker.finish();
    // Once for everything: an fsync for each of thousands of files would cost seconds.
    syncFileSystem(split);
    return { sizeBytes: unpacker.sizeBytes, hasRoot: unpacker.hasRoot };
  };
  return { reader, finish };
}

/** Extracts, and keeps the record from which the same tar can be written again. */
class LayerUnpacker implements TarHandler {
  sizeBytes = 0;
  hasRoot = false;
  readonly #extractor = new Extractor({
    whiteouts: "overlay",
    replacing: (path) => this.#keepReplaced(path),
  });
  readonly #split: TarSplitWriter;
  readonly #replaced: number;
  readonly #files = new Map<BytePath, { entry: number; sizeBytes: number }>();
  #entries = 0;
  #current: BytePath | undefined;

  constructor(split: number, replaced: number) {
    this.#split = new TarSplitWriter(split);
    this.#replaced = replaced;
  }

  entry(entry: TarEntry): void {
    this.#entries += 1;
    this.#current = this.#extractor.entry(entry);
    if (entry.type === "directory" && /^[./]*$/.test(entry.name.toString("latin1"))) this.hasRoot = true;
    if (entry.type === "symlink") this.sizeBytes += entry.linkName.length;
    if (this.#current === undefined) return;
    this.#files.set(this.#current, { entry: this.#entries, sizeBytes: entry.sizeBytes });
    this.sizeBytes += entry.sizeBytes;
  }

  content(bytes: Buffer, offset: number): void {
    if (this.#current === undefined) return this.#split.raw(bytes);
    this.#extractor.content(bytes, offset);
    this.#split.content(this.#entries, this.#current, bytes, offset);
  }

  entryEnd(): void {
    this.#extractor.entryEnd();
    this.#current = undefined;
  }

  raw(bytes: Buffer): void {
    this.#split.raw(bytes);
  }

  finish(): void {
    this.#extractor.finish();
    this.#split.end();
  }

  /** The tar must come back whole, so content that a later entry hides is put aside, not lost. */
  #keepReplaced(path: BytePath): void {
    for (const [known, { entry, sizeBytes }] of this.#files) {
      if (known !== path && !known.startsWith(`${path}/`)) continue;
      const [from, to] = [pathBytes(systemPath(known)), cstring(String(entry))];
      check(libc.renameat(currentDirectory, from, this.#replaced, to), "renameat", known);
      this.#files.delete(known);
      this.sizeBytes -= sizeBytes;
    }
  }
}

const currentDirectory = -100;

/** Errors of the machine, not of the archive. */
const machineErrors = new Set(["ENOSPC", "EDQUOT", "EIO", "EMFILE", "ENFILE", "EROFS", "ENOMEM"]);

function describe(error: unknown): { kind: ErrorKind; message: string } {
  if (error instanceof EngineError) return { kind: error.kind, message: error.message };
  const code = errnoOf(error);
  const archive = error instanceof RangeError || (code !== undefined && !machineErrors.has(code));
  if (isDiskFull(error)) return { kind: "internal", message: diskFull(error).message };
  return { kind: archive ? "invalid" : "internal", message: messageOf(error) };
}
