import { createHash } from "node:crypto";
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  unlinkSync,
} from "node:fs";
import { errnoOf } from "../../base/errors.ts";
import { copyTree } from "../../linux/copytree.ts";
import { syncFileSystem } from "../../linux/special-files.ts";
import type { Digest } from "../../spec/digest.ts";
import { type BytePath, systemPath } from "../archive/entry-path.ts";
import { TreePacker } from "../archive/tree-packer.ts";
import { serveTasks } from "../worker/serve-tasks.ts";
import type { Sealed, TreeTask } from "./seal.ts";
import { type NamedFile, readNamedFiles, writeNamedFiles } from "./shared-files.ts";
import { TarSplitWriter } from "./tar-split.ts";

// The child that makes finished trees layers. It looks at directories that nobody else writes to, name by name and never through a
// link, so it needs no root of its own.

export async function run(): Promise<number> {
  await serveTasks((task) => perform(task as TreeTask));
  return 0;
}

function perform(task: TreeTask): Sealed | undefined {
  if (task.kind === "seal") return seal(task);
  if (task.kind === "rebase") {
    rebase(task);
    return undefined;
  }
  const descriptor = openSync(task.directory, "r");
  try {
    syncFileSystem(descriptor);
  } finally {
    closeSync(descriptor);
  }
  return undefined;
}

function seal({ directory, remove, latestSeconds }: TreeTask & { kind: "seal" }): Sealed {
  mkdirSync(`${directory}/replaced`, { mode: 0o700 });
  const descriptor = openSync(`${directory}/split`, "wx", 0o600);
  try {
    process.chdir(`${directory}/diff`);
    removeMountPoints(remove);
    const sealer = new Sealer(new TarSplitWriter(descriptor));
    const options = { whiteouts: "overlay" as const, ...(latestSeconds !== undefined && { latestSeconds }) };
    const packer = new TreePacker(
      options,
      (bytes) => sealer.raw(bytes),
      (path, bytes, offset) => sealer.content(path, bytes, offset),
    );
    packer.pack();
    writeNamedFiles(`${directory}/named`, packer.named);
    return sealer.end();
  } finally {
    process.chdir("/");
    closeSync(descriptor);
  }
}

function rebase({ from, to, below }: TreeTask & { kind: "rebase" }): void {
  const taken = new Set(below.flatMap((list) => Array.from(readNamedFiles(list), ({ inode }) => inode)));
  const shared: NamedFile[] = [];
  copyTree(`${from}/diff`, `${to}/diff`, { taken, shared: (file) => shared.push(file) });
  // Of the record each has its own: it is small, and counted by name.
  copyFileSync(`${from}/split`, `${to}/split`);
  mkdirSync(`${to}/replaced`, { mode: 0o700 });
  for (const name of readdirSync(`${from}/replaced`))
    copyFileSync(`${from}/replaced/${name}`, `${to}/replaced/${name}`);
  writeNamedFiles(`${to}/named`, shared);
  // Files of the other one that had a single name have several now.
  const both = new Map([...readNamedFiles(`${from}/named`), ...shared].map((file) => [file.inode, file]));
  writeNamedFiles(`${to}/named-from`, [...both.values()]);
  if (both.size > 0) renameSync(`${to}/named-from`, `${from}/named`);
}

/** Deepest first. A directory in which something else was made stays. */
function removeMountPoints(paths: BytePath[]): void {
  for (const path of paths.toSorted((a, b) => b.length - a.length)) {
    try {
      unlinkSync(systemPath(path));
    } catch (error) {
      if (errnoOf(error) !== "EISDIR" && errnoOf(error) !== "EPERM") throw error;
      rmdirSync(systemPath(path));
    }
  }
}

/** Sums the tar and splits it into what the files hold and the rest. */
class Sealer {
  readonly #split: TarSplitWriter;
  readonly #hash = createHash("sha256");
  #tarBytes = 0;
  #sizeBytes = 0;
  #entries = 0;

  constructor(split: TarSplitWriter) {
    this.#split = split;
  }

  raw(bytes: Buffer): void {
    this.#count(bytes);
    this.#split.raw(bytes);
  }

  content(path: BytePath, bytes: Buffer, offset: number): void {
    if (offset === 0) this.#entries += 1;
    this.#count(bytes);
    this.#sizeBytes += bytes.length;
    this.#split.content(this.#entries, path, bytes, offset);
  }

  end(): Sealed {
    this.#split.end();
    const diffId = `sha256:${this.#hash.digest("hex")}` as Digest;
    return { diffId, sizeBytes: this.#sizeBytes, tarBytes: this.#tarBytes };
  }

  #count(bytes: Buffer): void {
    this.#hash.update(bytes);
    this.#tarBytes += bytes.length;
  }
}
