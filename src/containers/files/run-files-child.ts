import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { EngineError } from "../../base/errors.ts";
import { makePipe } from "../../linux/pipe.ts";
import { childCommand, childEnvironment } from "../../linux/self.ts";
import type { PathStat } from "../../spec/file-mode.ts";
import { untilSettled, writeWhole } from "../../store/layers/unpack.ts";
import { type FilesAnswer, filesRole, type FilesTask } from "./files-task.ts";

/** The path a task asks for is not there: each verb says it in its own words. */
export class PathMissing extends Error {}

export interface FilesResult {
  stat: PathStat | undefined;
  /** The tar that follows the answer; its end or destruction ends the child. Fails where the child did. */
  tar: Readable;
}

const pipeBytes = 1 << 20;

/**
 * Starts the child for `task` and waits for its answer. `root` becomes its descriptor 3; `input` is what it unpacks.
 * Throws PathMissing, or the child's EngineError.
 */
export async function runFilesChild(
  task: FilesTask,
  root?: number,
  input?: AsyncIterable<Buffer>,
): Promise<FilesResult> {
  const [output, feed] = [makePipe(pipeBytes), input && makePipe(pipeBytes)];
  const [program, ...args] = commandOf(task);
  const child = spawn(program, args, {
    stdio: [feed?.readEnd ?? "ignore", output.writeEnd, "pipe", ...(root === undefined ? [] : [root])],
    env: childEnvironment(),
  });
  closeSync(output.writeEnd);
  let complaint = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    if (complaint.length < 4096) complaint += text;
  });
  const closed = once(child, "close") as Promise<[number | null]>;
  void closed.catch(() => {});
  if (feed !== undefined && input !== undefined) {
    closeSync(feed.readEnd);
    void feedChild(feed.writeEnd, input, closed, () => child.kill("SIGKILL"));
  }
  const bytes = createReadStream("", { fd: output.readEnd, highWaterMark: 256 * 1024 });
  const tar = Readable.from(
    following(bytes, closed, () => complaint),
    { objectMode: false },
  );
  tar.once("close", () => child.kill("SIGKILL"));
  try {
    const line = await firstLine(bytes);
    return { stat: statOf(line, complaint), tar };
  } catch (error) {
    tar.destroy();
    throw error;
  }
}

/** A process with threads cannot enter a user namespace: nsenter(1) does, and starts the child there as its root. */
function commandOf(task: FilesTask): [string, ...string[]] {
  const command = childCommand(filesRole, JSON.stringify(task));
  if (task.root.kind !== "directory" || task.root.userNamespace === undefined) return command;
  return ["nsenter", `--user=${task.root.userNamespace}`, "--setuid", "0", "--setgid", "0", ...command];
}

async function feedChild(
  writeEnd: number,
  input: AsyncIterable<Buffer>,
  closed: Promise<unknown>,
  kill: () => void,
): Promise<void> {
  try {
    for await (const chunk of untilSettled(input, closed)) if (!(await writeWhole(writeEnd, chunk))) break;
  } catch {
    // Half an archive must not be taken for a whole one.
    kill();
  } finally {
    closeSync(writeEnd);
  }
}

/** Up to the line break; what follows is put back. */
async function firstLine(bytes: Readable): Promise<string> {
  let text = Buffer.alloc(0);
  for (;;) {
    const chunk = bytes.read() as Buffer | null;
    if (chunk === null) {
      if (bytes.readableEnded || bytes.destroyed) return text.toString();
      await Promise.race([once(bytes, "readable"), once(bytes, "end")]);
      continue;
    }
    text = Buffer.concat([text, chunk]);
    const end = text.indexOf(0x0a);
    if (end < 0) continue;
    if (end + 1 < text.length) bytes.unshift(text.subarray(end + 1));
    return text.toString("utf8", 0, end);
  }
}

function statOf(line: string, complaint: string): PathStat | undefined {
  if (line === "") throw new EngineError("internal", `the copying process died: ${complaint.trim()}`);
  const answer = JSON.parse(line) as FilesAnswer;
  if (!("error" in answer)) return answer.stat;
  if (answer.error.missing === true) throw new PathMissing(answer.error.message);
  throw new EngineError(answer.error.kind, answer.error.message);
}

async function* following(
  bytes: Readable,
  closed: Promise<[number | null]>,
  complaint: () => string,
): AsyncGenerator<Buffer> {
  for await (const chunk of bytes) yield chunk as Buffer;
  const [code] = await closed;
  if (code !== 0) throw new EngineError("internal", `the tree could not be packed: ${complaint() || code}`);
}
