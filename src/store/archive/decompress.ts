import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { pipeline, Readable } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { EngineError, errnoOf, messageOf } from "../../base/errors.ts";
import { truncated } from "./tar-entry.ts";
import { ZstdFrames } from "./zstd-frames.ts";

export type Compression = "none" | "gzip" | "bzip2" | "xz" | "zstd";

export interface ExpansionLimit {
  /** Output past `freeBytes` may be at most this many times the input. */
  ratio: number;
  freeBytes: number;
}

/** Deflate cannot exceed 1032:1, and no file system that people ship comes near it; a bomb lives on it. */
export const defaultExpansionLimit: ExpansionLimit = { ratio: 500, freeBytes: 1 << 30 };

/** By the first bytes; `none` for what is nothing known. Ten bytes are enough. */
export function compressionOf(head: Uint8Array): Compression {
  const starts = (...magic: number[]) => magic.every((byte, index) => head[index] === byte);
  if (starts(0x1f, 0x8b, 0x08)) return "gzip";
  if (starts(0x42, 0x5a, 0x68)) return "bzip2";
  if (starts(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00)) return "xz";
  if (starts(0x28, 0xb5, 0x2f, 0xfd)) return "zstd";
  // A skippable frame may come first (zstd format, 3.1.2).
  if (((head[0] ?? 0) & 0xf0) === 0x50 && head[1] === 0x2a && head[2] === 0x4d && head[3] === 0x18)
    return "zstd";
  return "none";
}

/**
 * The plain bytes of `source`, whatever it is compressed with. Ends `source` when the consumer stops early. Throws
 * `invalid` for damaged input and for input that grows past `limit`.
 */
export async function* decompress(
  source: AsyncIterable<Uint8Array>,
  limit: ExpansionLimit = defaultExpansionLimit,
): AsyncGenerator<Buffer> {
  const counter = new Expansion(limit);
  const input = source[Symbol.asyncIterator]();
  try {
    const head = await peek(input);
    const whole = counter.countInput(head, input);
    const compression = compressionOf(head);
    if (compression === "none") {
      yield* whole;
      return;
    }
    for await (const chunk of expand(compression, whole)) {
      counter.checkOutput(chunk.length);
      yield chunk;
    }
  } finally {
    await input.return?.();
  }
}

/** What `source` is compressed with, and all of it: what was looked at comes first again. */
export async function peekCompression(
  source: AsyncIterable<Uint8Array>,
): Promise<{ compression: Compression; whole: AsyncGenerator<Buffer> }> {
  const input = source[Symbol.asyncIterator]();
  const head = await peek(input);
  return { compression: compressionOf(head), whole: joined(head, input) };
}

async function* joined(head: Buffer, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Buffer> {
  try {
    if (head.length > 0) yield head;
    for (let next = await rest.next(); next.done !== true; next = await rest.next())
      yield asBuffer(next.value);
  } finally {
    await rest.return?.();
  }
}

/** The first ten bytes or more, or all there are. */
async function peek(input: AsyncIterator<Uint8Array>): Promise<Buffer> {
  let head: Buffer = Buffer.alloc(0);
  while (head.length < 10) {
    const next = await input.next();
    if (next.done === true) break;
    head = head.length === 0 ? asBuffer(next.value) : Buffer.concat([head, next.value]);
  }
  return head;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

class Expansion {
  readonly #limit: ExpansionLimit;
  #in = 0;
  #out = 0;

  constructor(limit: ExpansionLimit) {
    this.#limit = limit;
  }

  async *countInput(head: Buffer, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Buffer> {
    this.#in += head.length;
    if (head.length > 0) yield head;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) {
      this.#in += next.value.length;
      yield asBuffer(next.value);
    }
  }

  checkOutput(bytes: number): void {
    this.#out += bytes;
    if (this.#out > this.#limit.freeBytes && this.#out > this.#in * this.#limit.ratio)
      throw new EngineError("invalid", `compressed data expands more than ${this.#limit.ratio} times`);
  }
}

function expand(
  compression: Exclude<Compression, "none">,
  input: AsyncIterable<Buffer>,
): AsyncIterable<Buffer> {
  switch (compression) {
    case "gzip":
      return inProcess(createGunzip({ chunkSize: outputChunkBytes }), input);
    case "zstd":
      return inProcess(createZstdDecompress({ chunkSize: outputChunkBytes }), wholeFrames(input));
    case "xz":
      // The limit stands against a header that asks for gigabytes of dictionary.
      return byProgram("xz", ["--decompress", "--stdout", "--quiet", "--memlimit-decompress=1GiB"], input);
    case "bzip2":
      return byProgram("bzip2", ["--decompress", "--stdout", "--quiet"], input);
  }
}

const outputChunkBytes = 256 * 1024;

async function* wholeFrames(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const frames = new ZstdFrames();
  for await (const chunk of input) {
    frames.write(chunk);
    yield chunk;
  }
  if (!frames.complete) throw truncated();
}

async function* inProcess(
  decoder: NodeJS.ReadWriteStream & AsyncIterable<Buffer>,
  input: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  // A failed source destroys the decoder with its error, which the loop below then throws.
  pipeline(Readable.from(input), decoder, () => {});
  try {
    for await (const chunk of decoder) yield chunk;
  } catch (error) {
    throw decoderError(error);
  }
}

function decoderError(error: unknown): unknown {
  const code = errnoOf(error) ?? "";
  if (code === "Z_BUF_ERROR" || /unexpected end/i.test(messageOf(error))) return truncated();
  if (!/^(Z|ZSTD)_|^ERR_ZLIB|^ERR_ZSTD/.test(code)) return error;
  return new EngineError("invalid", `compressed data is damaged: ${messageOf(error)}`, error);
}

/** xz and bzip2 have no decoder in the runtime; their programs are on every distribution. */
async function* byProgram(
  program: string,
  args: string[],
  input: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
  const outcome = outcomeOf(child, program);
  const fed = feed(child, input);
  // Both are awaited below; a failure before that must not count as unhandled.
  void Promise.allSettled([outcome, fed]);
  try {
    for await (const chunk of child.stdout) yield chunk as Buffer;
    await fed;
    await outcome;
  } finally {
    child.kill("SIGKILL");
    await Promise.allSettled([outcome, fed]);
  }
}

/** The input's own failure, if any: a decoder that stops reading early says why by its exit. */
function feed(child: ChildProcess, input: AsyncIterable<Buffer>): Promise<void> {
  return new Promise((resolve, reject) => {
    pipeline(Readable.from(input), child.stdin as NodeJS.WritableStream, (error) => {
      if (error == null || errnoOf(error) === "EPIPE" || errnoOf(error)?.startsWith("ERR_STREAM") === true)
        resolve();
      else reject(error);
    });
  });
}

async function outcomeOf(child: ChildProcess, program: string): Promise<void> {
  let complaint = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    if (complaint.length < 1000) complaint += text;
  });
  const [code] = (await once(child, "close").catch((error: unknown) => {
    if (errnoOf(error) === "ENOENT")
      throw new EngineError("unavailable", `${program} is needed to read this archive and is not installed`);
    throw error;
  })) as [number | null];
  if (code === 0) return;
  if (/unexpected end|ends unexpectedly/i.test(complaint)) throw truncated();
  throw new EngineError("invalid", `compressed data is damaged: ${complaint.trim() || `${program} failed`}`);
}
