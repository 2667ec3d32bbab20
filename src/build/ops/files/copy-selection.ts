import {
  chmodSync,
  closeSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { EngineError, errnoOf } from "../../../base/errors.ts";
import { makeDirectoriesInRoot, resolvePathInRoot } from "../../../linux/rootpath.ts";
import { type FileTime, makeNode, setFileTime } from "../../../linux/special-files.ts";
import { getXattr, setXattr } from "../../../linux/xattr.ts";
import { baseOf, type BytePath, joinPath, parentOf, systemPath } from "../../../store/archive/entry-path.ts";
import { changeMode, type ModeChange, parseMode } from "./change-mode.ts";
import { DeferredFiles } from "./deferred-files.ts";
import { carriedAttributes } from "./digest-selection.ts";
import { type Exclude, excludeMatcher } from "./exclude.ts";
import type { CopyTask, Owner } from "./files-task.ts";
import { select, type Selected } from "./select.ts";
import { writeContent } from "./write-content.ts";
import { bytesOf, textOf, type Tree, type TreeNode } from "./tree.ts";

/** Copies what the sources name in a tree into a file system, as BuildKit's copier does it. */
export function copySelection(tree: Tree, task: CopyTask): void {
  const copier = new Copier(tree, task);
  for (const source of select(tree, task.sources))
    if (!task.leaveOut.includes(source.place)) copier.copy(source);
  copier.end();
}

class Copier {
  readonly #tree: Tree;
  readonly #task: CopyTask;
  readonly #mode: ModeChange | undefined;
  readonly #excluded: Exclude;
  /** Where files with several names were copied to, by inode. */
  readonly #linked = new Map<string, BytePath>();
  /** Directories that were made here: what comes into them for the first time need not make room. */
  readonly #empty = new Set<BytePath>();
  readonly #deferred: DeferredFiles | undefined;

  constructor(tree: Tree, task: CopyTask) {
    this.#tree = tree;
    this.#task = task;
    this.#mode = task.mode === undefined ? undefined : parseMode(task.mode);
    this.#excluded = excludeMatcher(task.excludes);
    // Where destinations are found they have no links in them.
    if (task.deferTo !== undefined) this.#deferred = new DeferredFiles(bytesOf(realpathSync(task.into)));
  }

  /** To be called last. */
  end(): void {
    const { deferTo } = this.#task;
    if (deferTo !== undefined) this.#deferred?.save(deferTo);
  }

  copy(source: Selected): void {
    this.#linked.clear();
    if (this.#task.parents) return this.#copyWithParents(source);
    const { destination } = this.#task;
    const isDirectory = this.#tree.node(source.place).kind === "directory";
    if (isDirectory) return this.#contents(source.place, destination);
    const inside = destination.endsWith("/") || this.#leadsToDirectory(destination);
    if (inside) return this.#node(source.place, joinPath(this.#ensure(destination), baseOf(source.path)), "");
    const parent = this.#ensure(parentDirectory(destination));
    this.#node(source.place, joinPath(parent, baseOf(bytesOf(destination))), "");
  }

  /** A directory that has to be made for it becomes like the source. */
  #contents(place: BytePath, destination: string): void {
    const isNew = !this.#leadsToDirectory(destination);
    const target = this.#ensure(destination);
    this.#members(place, target, "");
    if (isNew) this.#finishDirectory(this.#tree.node(place), target);
  }

  /** `dir/a.txt` goes to `DESTINATION/dir/a.txt`, its directories like the source's. */
  #copyWithParents({ place, path, dropped }: Selected): void {
    const kept = dropped === "" ? path : path.slice(dropped.length + 1);
    const parts = parentOf(kept).split("/").filter(Boolean);
    let [from, to] = [dropped, this.#ensure(this.#task.destination)];
    for (const part of parts) {
      [from, to] = [joinPath(from, part), joinPath(to, part)];
      this.#makeDirectory(to);
      this.#empty.delete(to);
      this.#finishDirectory(this.#tree.node(this.#tree.follow(from) ?? from), to);
    }
    this.#node(place, joinPath(to, baseOf(kept)), "");
  }

  #leadsToDirectory(destination: string): boolean {
    try {
      return lstatSync(resolvePathInRoot(this.#task.into, destination)).isDirectory();
    } catch (error) {
      if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR") return false;
      throw error;
    }
  }

  /** The host's path of a directory of the destination; made where it is missing. */
  #ensure(path: string): BytePath {
    const { into, owner, timeSeconds } = this.#task;
    const mode = this.#mode === undefined ? undefined : changeMode(0o755, true, this.#mode);
    return bytesOf(ensureDirectory(into, path, { owner, mode, timeSeconds }));
  }

  #members(place: BytePath, target: BytePath, inside: BytePath): void {
    for (const name of this.#tree.names(place))
      this.#node(joinPath(place, name), joinPath(target, name), joinPath(inside, name));
  }

  #node(place: BytePath, target: BytePath, inside: BytePath): void {
    const node = this.#tree.node(place);
    const excluded = inside !== "" && this.#excluded(inside);
    if (node.kind === "directory") return this.#directory(node, { place, target, inside, excluded });
    if (excluded) return;
    this.#makeRoom(target);
    const first = node.inode === undefined ? undefined : this.#linked.get(node.inode);
    if (first !== undefined) return linkSync(systemPath(first), systemPath(target));
    if (node.inode !== undefined) this.#linked.set(node.inode, target);
    if (node.kind === "file") this.#file(node, target);
    else this.#special(node, target);
  }

  #makeRoom(target: BytePath): void {
    if (this.#empty.has(parentOf(target))) return;
    this.#deferred?.drop(target);
    makeRoom(target);
  }

  #directory(
    node: TreeNode,
    {
      place,
      target,
      inside,
      excluded,
    }: { place: BytePath; target: BytePath; inside: BytePath; excluded: boolean },
  ): void {
    // Patterns may let single files of an excluded directory through.
    if (excluded && !this.#holdsIncluded(place, inside)) return;
    this.#makeDirectory(target);
    this.#members(place, target, inside);
    this.#empty.delete(target);
    this.#finishDirectory(node, target);
  }

  #holdsIncluded(place: BytePath, inside: BytePath): boolean {
    return this.#tree.names(place).some((name) => {
      const [child, below] = [joinPath(place, name), joinPath(inside, name)];
      if (!this.#excluded(below)) return true;
      return this.#tree.node(child).kind === "directory" && this.#holdsIncluded(child, below);
    });
  }

  #makeDirectory(target: BytePath): void {
    const found = lstatSync(systemPath(target), { throwIfNoEntry: false });
    if (found?.isDirectory() === true) return;
    if (found === undefined && this.#deferred?.has(target) !== true) {
      mkdirSync(systemPath(target), 0o700);
      this.#empty.add(target);
      this.#deferred?.made(target);
    } else throw new EngineError("invalid", `cannot copy to non-directory: ${this.#inside(target)}`);
  }

  #finishDirectory(node: TreeNode, target: BytePath): void {
    const { uid, gid } = this.#ownerOf(node);
    lchownSync(systemPath(target), uid, gid);
    chmodSync(systemPath(target), this.#modeOf(node));
    copyAttributes(node, target);
    setFileTime(systemPath(target), this.#timeOf(node));
  }

  #file(node: TreeNode, target: BytePath): void {
    const file = { mode: this.#modeOf(node), ...this.#ownerOf(node), modified: this.#timeOf(node) };
    if (node.sum !== undefined && this.#deferred?.add(target, { sum: node.sum, ...file }) === true) return;
    writeContent(node.contentPath ?? "", target, file, () => copyAttributes(node, target));
  }

  #special(node: TreeNode, target: BytePath): void {
    const path = systemPath(target);
    if (node.target !== undefined) symlinkSync(node.target, path);
    else if (node.device !== undefined)
      makeNode(path, node.device.format, 0o600, node.device.major, node.device.minor);
    const { uid, gid } = this.#ownerOf(node);
    lchownSync(path, uid, gid);
    if (node.kind !== "symlink") chmodSync(path, this.#modeOf(node));
    copyAttributes(node, target);
    setFileTime(path, this.#timeOf(node));
  }

  /** Sealing would set it, too: of files that are shared nothing may be changed then. */
  #timeOf({ modified }: TreeNode): FileTime {
    const { timeSeconds = Number.POSITIVE_INFINITY } = this.#task;
    return modified.seconds > timeSeconds ? { seconds: timeSeconds, nanoseconds: 0 } : modified;
  }

  #ownerOf({ uid, gid }: TreeNode): Owner {
    return this.#task.owner ?? { uid, gid };
  }

  #modeOf({ mode, kind }: TreeNode): number {
    return this.#mode === undefined ? mode : changeMode(mode, kind === "directory", this.#mode);
  }

  #inside(target: BytePath): string {
    return textOf(target).slice(this.#task.into.length);
  }
}

/** What new directories get. */
export interface NewDirectory {
  owner?: Owner | undefined;
  mode?: number | undefined;
  timeSeconds?: number | undefined;
}

/** mkdir -p inside `root`. Answers the last directory's path on the host. */
export function ensureDirectory(root: string, path: string, made: NewDirectory = {}): string {
  const { owner = { uid: 0, gid: 0 }, mode, timeSeconds } = made;
  try {
    const descriptor = makeDirectoriesInRoot(root, path, 0o755, (place) => {
      lchownSync(`${place}/.`, owner.uid, owner.gid);
      if (mode !== undefined) chmodSync(`${place}/.`, mode);
      if (timeSeconds !== undefined) setFileTime(`${place}/.`, { seconds: timeSeconds, nanoseconds: 0 });
    });
    try {
      return resolvePathInRoot(root, path);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if (errnoOf(error) !== "ENOTDIR") throw error;
    throw new EngineError("invalid", `mkdir ${path.replace(/(.)\/$/, "$1")}: not a directory`, error);
  }
}

/** A file gives way to what comes in its place; a directory does not. */
export function makeRoom(target: BytePath): void {
  const found = lstatSync(systemPath(target), { throwIfNoEntry: false });
  if (found === undefined) return;
  if (found.isDirectory())
    throw new EngineError("invalid", `cannot replace to directory ${textOf(target)} with file`);
  rmSync(systemPath(target));
}

function parentDirectory(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1) || "/";
}

function copyAttributes({ attributesPath }: TreeNode, to: BytePath): void {
  if (attributesPath === undefined) return;
  for (const name of carriedAttributes(attributesPath)) {
    const value = getXattr(attributesPath, name);
    if (value !== undefined) setXattr(systemPath(to), name, value);
  }
}
