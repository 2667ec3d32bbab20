import { closeSync, fchmodSync, fchownSync, openSync, writeSync } from "node:fs";
import { contextEntry } from "../../context/context-lines.ts";
import { baseOf, joinPath, systemPath } from "../../../store/archive/entry-path.ts";
import { setOpenFileTime } from "../../../linux/special-files.ts";
import { serveTasks } from "../../../store/worker/serve-tasks.ts";
import { changeMode, parseMode } from "./change-mode.ts";
import { copySelection, ensureDirectory, makeRoom } from "./copy-selection.ts";
import { digestSelection } from "./digest-selection.ts";
import { DiskTree } from "./disk-tree.ts";
import type { FilesTask, TreeSource, WriteTask } from "./files-task.ts";
import { writeFlags } from "./write-content.ts";
import { placeContents } from "./place-contents.ts";
import { SentTree } from "./sent-tree.ts";
import { bytesOf, type Tree } from "./tree.ts";

// The child that reads contexts and writes into the file systems of steps. Nobody else writes to either while it works, and where its
// work begins is found by the kernel inside the root it belongs to (openat2(2), RESOLVE_IN_ROOT).

export async function run(): Promise<number> {
  process.umask(0);
  await serveTasks((task) => perform(task as FilesTask));
  return 0;
}

function perform(task: FilesTask): Record<string, string> | undefined {
  if (task.kind === "digest")
    return digestSelection(new DiskTree(task.directory), task.sources, task.excludes);
  if (task.kind === "copy") copySelection(treeOf(task.from), task);
  else if (task.kind === "place") placeContents(task);
  else if (task.kind === "write") writeFiles(task);
  else ensureDirectory(task.into, task.path, task);
  return undefined;
}

function treeOf(source: TreeSource): Tree {
  if ("directory" in source) return new DiskTree(source.directory);
  const entries = new Map(source.lines.map(contextEntry).map((entry) => [entry.path, entry]));
  return new SentTree({ entries, contents: source.contents });
}

/** Files whose content stands in the Dockerfile. */
function writeFiles({ into, destination, files, owner, mode, toDirectory, timeSeconds }: WriteTask): void {
  const end = destination.lastIndexOf("/");
  const place = toDirectory ? destination : destination.slice(0, end + 1);
  const directoryMode = mode === undefined ? undefined : changeMode(0o755, true, parseMode(mode));
  const directory = bytesOf(ensureDirectory(into, place, { owner, mode: directoryMode }));
  for (const { name, content } of files) {
    const path = joinPath(directory, toDirectory ? bytesOf(name) : baseOf(bytesOf(destination)));
    makeRoom(path);
    const made = openSync(systemPath(path), writeFlags, 0o644);
    try {
      const bytes = Buffer.from(content);
      for (let done = 0; done < bytes.length; ) done += writeSync(made, bytes, done);
      fchownSync(made, owner.uid, owner.gid);
      fchmodSync(made, mode === undefined ? 0o644 : changeMode(0o644, false, parseMode(mode)));
      if (timeSeconds !== undefined) setOpenFileTime(made, { seconds: timeSeconds, nanoseconds: 0 });
    } finally {
      closeSync(made);
    }
  }
}
