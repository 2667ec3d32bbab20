import type { BytePath } from "../../store/archive/entry-path.ts";
import type { LayerEntry } from "../../store/layers/layer-files.ts";

/** Files and the bytes in them. */
export interface Tally {
  files: number;
  sizeBytes: number;
}

/** What one layer does to those below it, and how much of it is seen in the end. */
export interface LayerEffect {
  added: Tally;
  changed: Tally;
  removed: Tally;
  /** What is in this layer and hidden by a later one: it travels, and nobody sees it. */
  hidden: Tally;
}

/** An entry of the merged view. */
export interface TreeNode {
  /** Undefined for the root. */
  entry: LayerEntry | undefined;
  /** Index of the layer that it comes from. */
  layer: number;
  children: Map<string, TreeNode>;
}

/** The merged view of a stack of layers, made without mounting it. */
export class FileTree {
  readonly root: TreeNode = { entry: undefined, layer: 0, children: new Map() };
  readonly effects: LayerEffect[] = [];

  /** Puts one more layer on top. */
  add(entries: readonly LayerEntry[]): void {
    const effect = { added: none(), changed: none(), removed: none(), hidden: none() };
    const layer = this.effects.push(effect) - 1;
    for (const entry of entries) this.#place(entry, layer, effect);
  }

  #place(entry: LayerEntry, layer: number, effect: LayerEffect): void {
    const { parent, name } = this.#parentOf(entry.path);
    const before = parent.children.get(name);
    if (entry.type === "deleted") {
      parent.children.delete(name);
      if (before !== undefined) this.#hide(before, effect.removed);
      return;
    }
    const kept = entry.type === "directory" && before?.entry?.type === "directory" && !entry.opaque;
    if (before !== undefined && !kept) this.#hideChildren(before, effect.removed);
    if (before === undefined) count(effect.added, entry);
    else if (!sameEntry(before.entry, entry)) count(effect.changed, entry);
    if (before !== undefined) this.#hideEntry(before);
    parent.children.set(name, { entry, layer, children: kept ? before.children : new Map() });
  }

  /** Every path's directories are there: a layer's tar need not have them, its directory does. */
  #parentOf(path: BytePath): { parent: TreeNode; name: string } {
    const parts = path.split("/");
    const name = parts.pop() ?? "";
    let parent = this.root;
    for (const part of parts) {
      const next: TreeNode = parent.children.get(part) ?? {
        entry: undefined,
        layer: parent.layer,
        children: new Map<string, TreeNode>(),
      };
      parent.children.set(part, next);
      parent = next;
    }
    return { parent, name };
  }

  #hide(node: TreeNode, removed: Tally): void {
    this.#hideEntry(node);
    if (node.entry !== undefined) count(removed, node.entry);
    this.#hideChildren(node, removed);
  }

  #hideChildren(node: TreeNode, removed: Tally): void {
    for (const child of node.children.values()) this.#hide(child, removed);
  }

  #hideEntry({ entry, layer }: TreeNode): void {
    const effect = this.effects[layer];
    if (entry !== undefined && effect !== undefined && entry.type !== "directory")
      count(effect.hidden, entry);
  }
}

/** Times do not count: a step that is run again leaves the same files with new times. */
export function sameEntry(a: LayerEntry | undefined, b: LayerEntry | undefined): boolean {
  return a !== undefined && b !== undefined && differences(a, b).length === 0;
}

/** In what two entries of one path differ; empty when in nothing that is seen. */
export function differences(a: LayerEntry, b: LayerEntry): string[] {
  const content = a.content !== b.content || (a.type === "file" && a.type === b.type && sizesDiffer(a, b));
  const found = [
    a.type !== b.type && "type",
    a.type === b.type && content && "content",
    (a.mode & 0o7777) !== (b.mode & 0o7777) && "mode",
    a.owner !== b.owner && "owner",
    a.capability !== b.capability && "capability",
  ];
  return found.filter((difference) => difference !== false);
}

/** Empty files have no sum; a further name of a file has no size of its own. */
function sizesDiffer(a: LayerEntry, b: LayerEntry): boolean {
  return a.sizeBytes !== b.sizeBytes && a.content === "" && b.content === "";
}

export function total(node: TreeNode): Tally {
  const sum = none();
  addAll(node, sum);
  return sum;
}

function addAll(node: TreeNode, sum: Tally): void {
  if (node.entry !== undefined) count(sum, node.entry);
  for (const child of node.children.values()) addAll(child, sum);
}

function none(): Tally {
  return { files: 0, sizeBytes: 0 };
}

function count(tally: Tally, entry: LayerEntry): void {
  tally.files += 1;
  tally.sizeBytes += entry.sizeBytes;
}
