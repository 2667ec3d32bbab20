import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import type { Writable } from "node:stream";
import { EngineError } from "../../base/errors.ts";
import { childCommand, childEnvironment } from "../../linux/self.ts";
import type { Digest } from "../../spec/digest.ts";
import type { UnpackAnswer } from "./unpack-child.ts";

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
  signal?.throwIfAborted();
  const [program, ...args] = childCommand(unpackRole, directory);
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"], env: childEnvironment() });
  const outcome = outcomeOf(child);
  void outcome.catch(() => {});
  const abort = () => child.kill("SIGKILL");
  signal?.addEventListener("abort", abort);
  try {
    const { diffId, tarBytes } = await feed(child, source);
    const answer = await outcome;
    signal?.throwIfAborted();
    return { diffId, tarBytes, ...answer };
  } catch (error) {
    child.kill("SIGKILL");
    await outcome.catch(() => {});
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

async function feed(
  child: ChildProcess,
  source: AsyncIterable<Buffer>,
): Promise<{ diffId: Digest; tarBytes: number }> {
  const input = child.stdin as NonNullable<ChildProcess["stdin"]>;
  // A child that refuses the archive closes its end; its answer says why.
  input.on("error", () => {});
  const hash = createHash("sha256");
  let tarBytes = 0;
  for await (const chunk of source) {
    hash.update(chunk);
    tarBytes += chunk.length;
    if (!input.write(chunk)) await drained(input);
    if (input.destroyed) break;
  }
  input.end();
  return { diffId: `sha256:${hash.digest("hex")}` as Digest, tarBytes };
}

/** Also resolves when the child has gone: then nothing will ever drain. */
function drained(input: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      input.off("drain", done).off("close", done);
      resolve();
    };
    input.on("drain", done).on("close", done);
  });
}

async function outcomeOf(child: ChildProcess): Promise<{ sizeBytes: number; hasRoot: boolean }> {
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      if (output[name].length < 65536) output[name] += text;
    });
  await once(child, "close");
  const answer = parseAnswer(output.stdout);
  if (answer === undefined)
    throw new EngineError("internal", `the unpacking process died: ${output.stderr.trim() || child.signalCode}`);
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
