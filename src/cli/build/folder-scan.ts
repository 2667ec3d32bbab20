import type { BigIntStats } from "node:fs";
import type { IgnoreMatcher, IgnoreState } from "../../spec/ignore-pattern.ts";
import { files } from "../files.ts";

/** One thing of a folder that goes into the context. */
export interface ScannedFile {
  /** Relative, with `/`. */
  path: string;
  stats: BigIntStats;
  /** What a link says. */
  target?: string;
}

/**
 * Everything below `root` that the patterns let through, directories before what is in them. Sockets are left out, and so is
 * what vanishes meanwhile. An excluded directory is there only if something in it is not.
 */
export function scanFolder(root: string, ignore: IgnoreMatcher): ScannedFile[] {
  const found: ScannedFile[] = [];
  new Scan(root, ignore, found).directory("", undefined);
  return found;
}

class Scan {
  readonly #root: string;
  readonly #ignore: IgnoreMatcher;
  readonly #found: ScannedFile[];
  readonly #fs = files();

  constructor(root: string, ignore: IgnoreMatcher, found: ScannedFile[]) {
    this.#root = root;
    this.#ignore = ignore;
    this.#found = found;
  }

  directory(path: string, state: IgnoreState | undefined): void {
    const prefix = path === "" ? "" : `${path}/`;
    for (const name of this.#fs.readdirSync(`${this.#root}/${path}`).sort())
      this.#member(prefix + name, state);
  }

  #member(path: string, parent: IgnoreState | undefined): void {
    const state = this.#ignore.isEmpty ? undefined : this.#ignore.next(path, parent);
    const excluded = state?.excluded === true;
    if (excluded && !this.#ignore.mayIncludeBelow(path)) return;
    const stats = this.#fs.lstatSync(`${this.#root}/${path}`, { bigint: true, throwIfNoEntry: false });
    if (stats === undefined) return;
    if (stats.isDirectory()) this.#subdirectory(path, stats, state);
    else if (!excluded) this.#leaf(path, stats);
  }

  #subdirectory(path: string, stats: BigIntStats, state: IgnoreState | undefined): void {
    const before = this.#found.length;
    this.#found.push({ path, stats });
    this.directory(path, state);
    if (state?.excluded === true && this.#found.length === before + 1) this.#found.pop();
  }

  #leaf(path: string, stats: BigIntStats): void {
    if (stats.isSymbolicLink())
      this.#found.push({ path, stats, target: this.#fs.readlinkSync(`${this.#root}/${path}`) });
    else if (!stats.isSocket()) this.#found.push({ path, stats });
  }
}
