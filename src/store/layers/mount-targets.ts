import { lstatSync, readdirSync, type Stats } from "node:fs";
import { join } from "node:path";
import { type BytePath, joinPath } from "../archive/entry-path.ts";

/** What a runtime mounts something on in every container, and what `addInitFiles` makes there, by directory. */
const targets: Record<string, readonly string[]> = {
  "": [".dockerenv"],
  dev: [],
  etc: ["hostname", "hosts", "mtab", "resolv.conf"],
  proc: [],
  sys: [],
};

/**
 * Paths of an upper directory that nobody in the container made: the empty files and directories on which the runtime
 * mounts, and a directory that came up from below only to hold them. dockerd keeps them in a layer of their own.
 */
export function mountTargets(upper: string, lower: readonly string[]): Set<BytePath> {
  const made = new Set<BytePath>();
  for (const [directory, names] of Object.entries(targets)) {
    const found = statOf(join(upper, directory));
    if (found?.isDirectory() !== true) continue;
    const inside = readdirSync(join(upper, directory));
    const own = inside.filter((name) => names.includes(name) && isNew(upper, lower, join(directory, name)));
    for (const name of own) made.add(joinPath(directory, name));
    if (directory !== "" && own.length === inside.length && isUnchanged(lower, directory, found))
      made.add(directory);
  }
  return made;
}

function isNew(upper: string, lower: readonly string[], path: string): boolean {
  const found = statOf(join(upper, path));
  if (found === undefined || below(lower, path) !== undefined) return false;
  return path === "etc/mtab" ? found.isSymbolicLink() : found.isFile() && found.size === 0;
}

function isUnchanged(lower: readonly string[], path: string, now: Stats): boolean {
  const before = below(lower, path);
  if (before === undefined) return true;
  return before.mode === now.mode && before.uid === now.uid && before.gid === now.gid;
}

function below(lower: readonly string[], path: string): Stats | undefined {
  const found = lower.map((directory) => statOf(join(directory, path)));
  return found.find((stat) => stat !== undefined);
}

function statOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}
