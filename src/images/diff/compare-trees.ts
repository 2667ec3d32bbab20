import { type BytePath, joinPath } from "../../store/archive/entry-path.ts";
import { shownPath } from "../../store/layers/overlay-entry.ts";
import type { ImageDiffFile } from "../../spec/api/image-diff.ts";
import { differences, total, type TreeNode } from "./file-tree.ts";

/** What is different in two merged views, by path. Of a removed directory only its own name is told, with all its bytes. */
export function compareTrees(from: TreeNode, to: TreeNode): ImageDiffFile[] {
  const files: ImageDiffFile[] = [];
  compareChildren(from, to, "", files);
  return files;
}

function compareChildren(from: TreeNode, to: TreeNode, path: BytePath, files: ImageDiffFile[]): void {
  const names = new Set([...from.children.keys(), ...to.children.keys()]);
  for (const name of [...names].sort())
    compareNode(from.children.get(name), to.children.get(name), joinPath(path, name), files);
}

function compareNode(
  from: TreeNode | undefined,
  to: TreeNode | undefined,
  path: BytePath,
  files: ImageDiffFile[],
): void {
  if (to === undefined) {
    if (from !== undefined) files.push(removed(from, path));
    return;
  }
  const change = from === undefined ? added(to, path) : changed(from, to, path);
  if (change !== undefined) files.push(change);
  compareChildren(from ?? nothing, to, path, files);
}

const nothing: TreeNode = { entry: undefined, layer: 0, children: new Map() };

function removed(from: TreeNode, path: BytePath): ImageDiffFile {
  const Type = from.entry?.type ?? "directory";
  const { sizeBytes } = total(from);
  return { Path: shownPath(path), Kind: "removed", Type, Layer: from.layer, SizeBefore: sizeBytes };
}

function added(to: TreeNode, path: BytePath): ImageDiffFile | undefined {
  if (to.entry === undefined) return undefined;
  const { type: Type, sizeBytes } = to.entry;
  return { Path: shownPath(path), Kind: "added", Type, Layer: to.layer, SizeAfter: sizeBytes };
}

function changed(from: TreeNode, to: TreeNode, path: BytePath): ImageDiffFile | undefined {
  if (from.entry === undefined || to.entry === undefined) return undefined;
  const What = differences(from.entry, to.entry);
  if (What.length === 0) return undefined;
  return {
    Path: shownPath(path),
    Kind: "changed",
    Type: to.entry.type,
    Layer: to.layer,
    SizeBefore: from.entry.sizeBytes,
    SizeAfter: to.entry.sizeBytes,
    What,
  };
}
