import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { closeSync, write } from "node:fs";
import { promisify } from "node:util";
import { EngineError, errnoOf } from "../../base/errors.ts";
import { makePipe } from "../../linux/pipe.ts";
import { childCommand, childEnvironment } from "../../linux/self.ts";
import type { Digest } from "../../spec/digest.ts";
import type { ExpansionLimit } from "../archive/decompress.ts";
import type { UnpackAnswer, UnpackSummary } from "./unpack-child.ts";

export const unpackRole = "unpack-layer";

export interface Unpacked {
  diffId: Digest;
  sizeBytes: number;
  /** Length of the plain tar. */
  tarBytes: number;
  /** Whether the archive says what the root directory itself is like. */
  hasRoot: boolean;
}

/**
 * Unpacks the plain tar `source` into `directory` (its `diff` exists). The sum is taken here while the child writes
 * files: on two cores neither waits for the other. `source` is ended early when the child refuses it.
 */
export async function unpackLayer(
  source: AsyncIterable<Buffer>,
  directory: string,
  signal?: AbortSignal,
): Promise<Unpacked> {
  const hash = createHash("sha256");
  let tarBytes = 0;
  const take = (chunk: Buffer) => {
    hash.update(chunk);
    tarBytes += chunk.length;
  };
  const answer = await throughChild([directory], source, { take, windowBytes: plainWindowBytes }, signal);
  return { ...answer, diffId: `sha256:${hash.digest("hex")}` as Digest, tarBytes };
}

/**
 * The same for gzip and zstd, which the child expands and sums, too: several layers that come at once use every core,
 * and what they expand to never passes through this process.
 */
export async function unpackCompressed(
  source: AsyncIterable<Buffer>,
  directory: string,
  limit: ExpansionLimit,
  signal?: AbortSignal,
): Promise<Unpacked> {
  const handling = { take: () => {}, windowBytes: compressedWindowBytes };
  const args = [directory, String(limit.ratio), String(limit.freeBytes)];
  const { diffId, tarBytes, ...answer } = await throughChild(args, source, handling, signal);
  if (diffId === undefined || tarBytes === undefined)
    throw new EngineError("internal", "the unpacking process gave no sum");
  return { ...answer, diffId, tarBytes };
}

interface Handling {
  /** Sees every chunk that goes to the child. */
  take: (chunk: Buffer) => void;
  /** How much may wait for the child. */
  windowBytes: number;
}

/** Feeds `source` to a child that unpacks it. */
async function throughChild(
  childArgs: string[],
  source: AsyncIterable<Buffer>,
  handling: Handling,
  signal: AbortSignal | undefined,
): Promise<UnpackSummary> {
  signal?.throwIfAborted();
  const [program, ...args] = childCommand(unpackRole, ...childArgs);
  const pipe = makePipe(pipeBytes);
  const child = spawn(program, args, { stdio: [pipe.readEnd, "pipe", "pipe"], env: childEnvironment() });
  closeSync(pipe.readEnd);
  const outcome = outcomeOf(child);
  void outcome.catch(() => {});
  const kill = () => child.kill("SIGKILL");
  signal?.addEventListener("abort", kill);
  try {
    await feed(pipe.writeEnd, untilSettled(source, outcome), handling, kill);
    const answer = await outcome;
    signal?.throwIfAborted();
    return answer;
  } catch (error) {
    kill();
    await outcome.catch(() => {});
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", kill);
  }
}

/** A small pipe makes parent and child wait for each other; this is what an ordinary system allows. */
const pipeBytes = 1 << 20;
/** How far the sum may run ahead of the child, which takes a moment to start. */
const plainWindowBytes = 8 << 20;
/** Nothing is gained by running ahead where the child does all the work. */
const compressedWindowBytes = 1 << 20;

async function feed(
  writeEnd: number,
  source: AsyncIterable<Buffer>,
  { take, windowBytes }: Handling,
  kill: () => void,
): Promise<void> {
  let waitingBytes = 0;
  let written: Promise<boolean> = Promise.resolve(true);
  try {
    for await (const chunk of source) {
      take(chunk);
      waitingBytes += chunk.length;
      written = written.then(async (open) => {
        if (!open || !(await writeWhole(writeEnd, chunk))) return false;
        waitingBytes -= chunk.length;
        return true;
      });
      if (waitingBytes > windowBytes && !(await written)) break;
    }
    await written;
  } catch (error) {
    // A write that still waits for the child must end before its descriptor may be closed and used again.
    kill();
    await written;
    throw error;
  } finally {
    closeSync(writeEnd);
  }
}

/**
 * The chunks of `source` until `outcome` is known: a child that has refused the archive needs no more of it, and the
 * source may be a client that sends nothing before it is answered.
 */
export async function* untilSettled(
  source: AsyncIterable<Buffer>,
  outcome: Promise<unknown>,
): AsyncGenerator<Buffer> {
  let [settled, wake] = [false, () => {}];
  const settle = () => {
    settled = true;
    wake();
  };
  outcome.then(settle, settle);
  const iterator = source[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await new Promise<IteratorResult<Buffer> | undefined>((resolve, reject) => {
        wake = () => resolve(undefined);
        if (settled) wake();
        else iterator.next().then(resolve, reject);
      });
      if (next === undefined || next.done === true) return;
      yield next.value;
    }
  } finally {
    // Not awaited: behind a client that sends nothing this ends only with its connection.
    iterator.return?.().catch(() => {});
  }
}

/** False where the child has closed its end: it refuses the archive, and its answer says why. */
export async function writeWhole(descriptor: number, chunk: Buffer): Promise<boolean> {
  try {
    for (let done = 0; done < chunk.length; )
      done += (await writeSome(descriptor, chunk, done, chunk.length - done)).bytesWritten;
    return true;
  } catch (error) {
    if (errnoOf(error) === "EPIPE") return false;
    throw error;
  }
}

const writeSome = promisify(write);

async function outcomeOf(child: ChildProcess): Promise<UnpackSummary> {
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      if (output[name].length < 65536) output[name] += text;
    });
  await once(child, "close");
  const answer = parseAnswer(output.stdout);
  if (answer === undefined)
    throw new EngineError(
      "internal",
      `the unpacking process died: ${output.stderr.trim() || child.signalCode}`,
    );
  if ("error" in answer) throw new EngineError(answer.error.kind, answer.error.message);
  return answer;
}

function parseAnswer(text: string): UnpackAnswer | undefined {
  try {
    return JSON.parse(text) as UnpackAnswer;
  } catch {
    return undefined;
  }
}
