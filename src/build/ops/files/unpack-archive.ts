import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, createReadStream } from "node:fs";
import { EngineError } from "../../../base/errors.ts";
import { makePipe } from "../../../linux/pipe.ts";
import { childCommand, childEnvironment } from "../../../linux/self.ts";
import { decompress } from "../../../store/archive/decompress.ts";
import { checksum, isZeroBlock, number } from "../../../store/archive/header-block.ts";
import { untilSettled, writeWhole } from "../../../store/layers/unpack.ts";
import type { Owner } from "./files-task.ts";
import type { SentTree } from "./sent-tree.ts";
import type { Selected } from "./select.ts";

export const buildUnpackRole = "build-unpack";

/** Where an archive is unpacked. */
export interface UnpackPlace {
  rootfs: string;
  directory: string;
  /** Whose everything becomes; absent: as the archive says. */
  owner?: Owner;
}

const blockBytes = 512;

/** Those of the sources that are tars, compressed or not. */
export async function archivesAmong(
  tree: SentTree,
  found: readonly Selected[],
): Promise<{ place: string; path: string | Buffer }[]> {
  const archives: { place: string; path: string | Buffer }[] = [];
  for (const { place } of found) {
    const { kind, contentPath } = tree.node(place);
    if (kind === "file" && contentPath !== undefined && (await isTar(contentPath)))
      archives.push({ place, path: contentPath });
  }
  return archives;
}

async function isTar(path: string | Buffer): Promise<boolean> {
  try {
    const head = await firstBlock(decompress(createReadStream(path)));
    // An empty archive begins with its end, and is copied like any file.
    return head.length === blockBytes && !isZeroBlock(head) && checksum(head) === number(head, 148, 8);
  } catch {
    // Damaged: not an archive, so it is copied as it is.
    return false;
  }
}

async function firstBlock(plain: AsyncIterable<Buffer>): Promise<Buffer> {
  let head = Buffer.alloc(0);
  for await (const chunk of plain) {
    head = Buffer.concat([head, chunk]);
    if (head.length >= blockBytes) break;
  }
  return head.subarray(0, blockBytes);
}

/** Unpacks a tar in a child whose root is the file system it goes to. Throws `invalid` for one that is damaged or a bomb. */
export async function unpackArchive(
  path: string | Buffer,
  { rootfs, directory, owner }: UnpackPlace,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const [program, ...args] = childCommand(buildUnpackRole, rootfs, directory, JSON.stringify(owner ?? null));
  const pipe = makePipe(1 << 20);
  const child = spawn(program, args, {
    stdio: [pipe.readEnd, "ignore", "pipe"],
    env: childEnvironment(),
  });
  closeSync(pipe.readEnd);
  let complaint = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (complaint += text));
  const closed = once(child, "close") as Promise<[number | null]>;
  void closed.catch(() => {});
  const kill = () => child.kill("SIGKILL");
  signal.addEventListener("abort", kill);
  try {
    await feed(pipe.writeEnd, untilSettled(decompress(createReadStream(path)), closed), kill);
    const [code] = await closed;
    signal.throwIfAborted();
    if (code !== 0) throw new EngineError("invalid", complaint.trim() || "the unpacking process died");
  } finally {
    kill();
    signal.removeEventListener("abort", kill);
  }
}

async function feed(writeEnd: number, source: AsyncIterable<Buffer>, kill: () => void): Promise<void> {
  try {
    for await (const chunk of source) if (!(await writeWhole(writeEnd, chunk))) break;
  } catch (error) {
    // Half an archive must not be taken for a whole one.
    kill();
    throw error;
  } finally {
    closeSync(writeEnd);
  }
}
