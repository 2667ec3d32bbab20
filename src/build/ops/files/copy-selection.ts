import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { EngineError, errnoOf } from "../../../base/errors.ts";
import { copyContent } from "../../../linux/copy-content.ts";
import { makeDirectoriesInRoot, resolvePathInRoot } from "../../../linux/rootpath.ts";
import { makeNode, setFileTime, setOpenFileTime } from "../../../linux/special-files.ts";
import { getXattr, setXattr } from "../../../linux/xattr.ts";
import { baseOf, type BytePath, joinPath, parentOf, systemPath } from "../../../store/archive/entry-path.ts";
import { changeMode, type ModeChange, parseMode } from "./change-mode.ts";
import { carriedAttributes } from "./digest-selection.ts";
import { type Exclude, excludeMatcher } from "./exclude.ts";
import type { CopyTask, Owner } from "./files-task.ts";
import { select, type Selected } from "./select.ts";
import { bytesOf, textOf, type Tree, type TreeNode } from "./tree.ts";

/** Copies what the sources name in a tree into a file system, as BuildKit's copier does it. */
export function copySelection(tree: Tree, task: CopyTask): void {
  const copier = new Copier(tree, task);
  for (const source of select(tree, task.sources))
    if (!task.leaveOut.includes(source.place)) copier.copy(source);
}

class Copier {
  readonly #tree: Tree;
  readonly #task: CopyTask;
  readonly #mode: ModeChange | undefined;
  readonly #excluded: Exclude;
  /** Where files with several names were copied to, by inode. */
  readonly #linked = new Map<string, BytePath>();

  constructor(tree: Tree, task: CopyTask) {
    this.#tree = tree;
    this.#task = task;
    this.#mode = task.mode === undefined ? undefined : parseMode(task.mode);
    this.#excluded = excludeMatcher(task.excludes);
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
    makeRoom(target);
    const first = node.inode === undefined ? undefined : this.#linked.get(node.inode);
    if (first !== undefined) return linkSync(systemPath(first), systemPath(target));
    if (node.inode !== undefined) this.#linked.set(node.inode, target);
    if (node.kind === "file") this.#file(node, target);
    else this.#special(node, target);
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
    if (found === undefined) return mkdirSync(systemPath(target), 0o700);
    if (!found.isDirectory())
      throw new EngineError("invalid", `cannot copy to non-directory: ${this.#inside(target)}`);
  }

  #finishDirectory(node: TreeNode, target: BytePath): void {
    const { uid, gid } = this.#ownerOf(node);
    lchownSync(systemPath(target), uid, gid);
    chmodSync(systemPath(target), this.#modeOf(node));
    copyAttributes(node, target);
    setFileTime(systemPath(target), node.modified);
  }

  #file(node: TreeNode, target: BytePath): void {
    const source = openSync(node.contentPath ?? "", readFlags);
    try {
      const made = openSync(systemPath(target), writeFlags, 0o600);
      try {
        copyContent(source, made);
        const { uid, gid } = this.#ownerOf(node);
        // Owner first: changing it clears set-id bits and file capabilities.
        fchownSync(made, uid, gid);
        fchmodSync(made, this.#modeOf(node));
        copyAttributes(node, target);
        setOpenFileTime(made, node.modified);
      } finally {
        closeSync(made);
      }
    } finally {
      closeSync(source);
    }
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
    setFileTime(path, node.modified);
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

const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
export const writeFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

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
