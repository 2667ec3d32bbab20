import { type BigIntStats, closeSync, constants, openSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { descriptorPath, openInRoot, OpenFlag } from "../../linux/rootpath.ts";
import { type BytePath, joinPath } from "../archive/entry-path.ts";
import type { LayerChange } from "./layer-store.ts";
import {
  bytes,
  capability,
  gone,
  isOpaque,
  isWhiteout,
  latin1,
  namesIn,
  shownPath,
  statOf,
} from "./overlay-entry.ts";

/**
 * What an overlay's upper directory changes in the view of its lower ones (topmost first), as dockerd tells it from
 * the two trees: only what `stat` shows counts, a directory with changes in it is modified itself, and of a deleted
 * directory only its own name is told. `skip` are paths of the upper directory that do not count. Sorted by path.
 */
export async function listChanges(
  upper: string,
  lower: readonly string[],
  skip: ReadonlySet<BytePath> = new Set(),
): Promise<LayerChange[]> {
  const root = openSync(upper, OpenFlag.path | constants.O_DIRECTORY);
  try {
    return await new ChangeWalk(root, skip).directory("", lower.map(latin1));
  } finally {
    closeSync(root);
  }
}

class ChangeWalk {
  readonly #root: number;
  readonly #skip: ReadonlySet<BytePath>;

  constructor(root: number, skip: ReadonlySet<BytePath>) {
    this.#root = root;
    this.#skip = skip;
  }

  /** `lower`: the directories below that show through here, had the upper one nothing to hide them. */
  async directory(path: BytePath, lower: readonly string[]): Promise<LayerChange[]> {
    // A live container may put a link here at any moment: the kernel resolves it inside the upper directory.
    const directory = this.#open(path);
    if (directory === undefined) return [];
    try {
      const place = descriptorPath(directory);
      const names = namesIn(place);
      const changes: LayerChange[] = [];
      for (const name of names) changes.push(...(await this.#member(place, path, name, lower)));
      if (isOpaque(`${place}/.`)) changes.push(...hidden(path, names, lower));
      return changes.sort((a, b) => (a.path < b.path ? -1 : 1));
    } finally {
      closeSync(directory);
      await nextTurn();
    }
  }

  async #member(
    place: string,
    directory: BytePath,
    name: string,
    lower: readonly string[],
  ): Promise<LayerChange[]> {
    const path = joinPath(directory, name);
    const found = statOf(`${place}/${name}`);
    const before = findLower(lower, name);
    if (found === undefined || (this.#skip.has(path) && !found.isDirectory())) return [];
    if (isWhiteout(found)) return before === undefined ? [] : [change(path, "deleted")];
    const inside = found.isDirectory() ? await this.directory(path, before?.directories ?? []) : [];
    const kind = this.#skip.has(path) ? undefined : kindOf(`${place}/${name}`, found, before);
    if (kind !== undefined) return [change(path, kind), ...inside];
    return inside.length === 0 ? [] : [change(path, "modified"), ...inside];
  }

  #open(path: BytePath): number | undefined {
    try {
      return openInRoot(this.#root, bytes(path === "" ? "." : path), OpenFlag.path | constants.O_DIRECTORY);
    } catch (error) {
      return gone(error);
    }
  }
}

/** What an opaque directory hides of those below. */
function hidden(path: BytePath, names: readonly string[], lower: readonly string[]): LayerChange[] {
  const below = new Set(lower.flatMap(namesIn).filter((name) => !names.includes(name)));
  return [...below]
    .filter((name) => findLower(lower, name) !== undefined)
    .map((name) => change(joinPath(path, name), "deleted"));
}

interface Lower {
  place: string;
  stat: BigIntStats;
  /** Topmost first; empty unless it is a directory. */
  directories: string[];
}

/** What `name` is in the merged view of the lower directories (kernel documentation, overlayfs.rst). */
function findLower(lower: readonly string[], name: string): Lower | undefined {
  let found: Lower | undefined;
  for (const directory of lower) {
    const place = `${directory}/${name}`;
    const stat = statOf(place);
    if (stat === undefined) continue;
    if (isWhiteout(stat)) break;
    if (found !== undefined && !stat.isDirectory()) break;
    found ??= { place, stat, directories: [] };
    if (!stat.isDirectory()) break;
    found.directories.push(place);
    if (isOpaque(place)) break;
  }
  return found;
}

function kindOf(place: string, now: BigIntStats, before: Lower | undefined): LayerChange["kind"] | undefined {
  if (before === undefined) return "added";
  const differs = statDiffers(before.stat, now) || capability(before.place) !== capability(place);
  return differs ? "modified" : undefined;
}

/** Neither size nor time of a directory says anything; its blocks, inode and change time move with a copy. */
function statDiffers(a: BigIntStats, b: BigIntStats): boolean {
  if (a.mode !== b.mode || a.uid !== b.uid || a.gid !== b.gid || a.rdev !== b.rdev) return true;
  return !a.isDirectory() && (a.size !== b.size || !sameTime(a.mtimeNs, b.mtimeNs));
}

/** Archives keep whole seconds: a time without a fraction stands for all of its second. */
function sameTime(a: bigint, b: bigint): boolean {
  const second = 1_000_000_000n;
  if (a === b) return true;
  return (a % second === 0n || b % second === 0n) && a / second === b / second;
}

function change(path: BytePath, kind: LayerChange["kind"]): LayerChange {
  return { path: shownPath(path), kind };
}
