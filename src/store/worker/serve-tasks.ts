import { readSync, writeSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import { EngineError, errnoOf, messageOf } from "../../base/errors.ts";
import type { WorkerAnswer } from "./worker-pool.ts";

const inputBytes = 64 * 1024;

/** The child's side of a WorkerPool: answers each line of its input, until that ends. Never throws for a task that fails. */
export async function serveTasks(perform: (task: unknown) => unknown): Promise<void> {
  const chunk = Buffer.allocUnsafe(inputBytes);
  const decoder = new StringDecoder("utf8");
  let pending = "";
  for (let size = readInput(chunk); size > 0; size = readInput(chunk)) {
    // Only what is new is looked through: a task may be megabytes long.
    const lines = decoder.write(chunk.subarray(0, size)).split("\n");
    lines[0] = pending + lines[0];
    pending = lines.pop() ?? "";
    for (const line of lines) answer(await attempt(() => perform(JSON.parse(line))));
  }
}

function readInput(chunk: Buffer): number {
  try {
    return readSync(0, chunk, 0, chunk.length, null);
  } catch (error) {
    if (errnoOf(error) === "EOF") return 0;
    throw error;
  }
}

async function attempt(work: () => unknown): Promise<WorkerAnswer> {
  try {
    return { result: (await work()) ?? null };
  } catch (error) {
    const code = errnoOf(error);
    const kind = error instanceof EngineError ? error.kind : "internal";
    return { error: { kind, message: messageOf(error), ...(code !== undefined && { code }) } };
  }
}

function answer(message: WorkerAnswer): void {
  const bytes = Buffer.from(`${JSON.stringify(message)}\n`);
  for (let done = 0; done < bytes.length; ) done += writeSync(1, bytes, done);
}
