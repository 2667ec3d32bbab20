import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { EngineError } from "../../base/errors.ts";
import { makePipe } from "../../linux/pipe.ts";
import { childCommand, childEnvironment } from "../../linux/self.ts";
import type { PackOptions } from "./tree-packer.ts";

export const packRole = "pack-tree";

/** As much as an ordinary system allows: the child need not wait for every reader's turn. */
const pipeBytes = 1 << 20;

/**
 * The tree below `directory` as a tar, packed in a child that is chrooted into it. Reads as slowly as its consumer;
 * destroying it ends the child. Fails where the tree could not be read to its end.
 */
export function packTree(directory: string, options: PackOptions): Readable {
  return Readable.from(packedBytes(directory, options), { objectMode: false });
}

async function* packedBytes(
  directory: string,
  { whiteouts, skip = new Set() }: PackOptions,
): AsyncGenerator<Buffer> {
  const pipe = makePipe(pipeBytes);
  const [program, ...args] = childCommand(packRole, directory, whiteouts, ...skip);
  const child = spawn(program, args, { stdio: ["ignore", pipe.writeEnd, "pipe"], env: childEnvironment() });
  closeSync(pipe.writeEnd);
  let complaint = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    if (complaint.length < 4096) complaint += text;
  });
  const closed = once(child, "close") as Promise<[number | null]>;
  void closed.catch(() => {});
  const output = createReadStream("", { fd: pipe.readEnd, highWaterMark: 256 * 1024 });
  try {
    for await (const chunk of output) yield chunk as Buffer;
    const [code] = await closed;
    if (code !== 0) throw new EngineError("internal", `the tree could not be packed: ${complaint || code}`);
  } finally {
    child.kill("SIGKILL");
  }
}
