import type { ContextLine } from "../../../spec/api/build.ts";
import type { BuildContext, ContextEntry } from "../../context/build-context.ts";
import { contextLine } from "../../context/context-lines.ts";
import { contentPath } from "../../context/content-store.ts";
import { fileTime } from "../../../linux/special-files.ts";
import { type BytePath, joinPath, parentOf } from "../../../store/archive/entry-path.ts";
import { bytesOf, type Tree, type TreeNode } from "./tree.ts";

/** As many links as the kernel follows (path_resolution(7)). */
const mostLinks = 40;

/** A client's context: what it sent, described. Everything in it belongs to root, as in every image. */
export class SentTree implements Tree {
  /** Contents of files lie in the content store below it. */
  readonly contents: string;
  readonly #nodes: ReadonlyMap<BytePath, ContextEntry>;
  readonly #names = new Map<BytePath, string[]>();

  constructor({ entries, contents }: Pick<BuildContext, "entries" | "contents">) {
    this.contents = contents;
    this.#nodes = byBytes(entries);
    this.#names.set("", []);
    for (const [path, { kind }] of this.#nodes) {
      if (kind === "directory") this.#names.set(path, this.#names.get(path) ?? []);
      this.#names.get(parentOf(path))?.push(path.slice(path.lastIndexOf("/") + 1));
    }
    for (const names of this.#names.values()) names.sort();
  }

  follow(path: BytePath): BytePath | undefined {
    const left = path.split("/").filter((part) => part !== "" && part !== ".");
    let at: BytePath = "";
    let links = 0;
    for (let part = left.shift(); part !== undefined; part = left.shift()) {
      if (part === "..") {
        at = parentOf(at);
        continue;
      }
      const next = joinPath(at, part);
      const entry = this.#nodes.get(next);
      if (entry === undefined) return undefined;
      if (entry.kind !== "symlink") at = next;
      else {
        links += 1;
        if (links > mostLinks) return undefined;
        if (entry.target.startsWith("/")) at = "";
        left.unshift(
          ...bytesOf(entry.target)
            .split("/")
            .filter((each) => each !== "" && each !== "."),
        );
      }
    }
    return at;
  }

  node(place: BytePath): TreeNode {
    const entry = this.#nodes.get(place) ?? root;
    const { kind, mode, mtimeNs } = entry;
    const node: TreeNode = { kind, mode, uid: 0, gid: 0, modified: fileTime(mtimeNs) };
    if (kind === "symlink") node.target = Buffer.from(entry.target);
    if (kind !== "file") return node;
    node.contentPath = contentPath(this.contents, entry.sha256);
    node.sum = entry.sha256;
    return node;
  }

  names(place: BytePath): string[] {
    return this.#names.get(place) ?? [];
  }

  contentSum(place: BytePath): string {
    const entry = this.#nodes.get(place);
    if (entry?.kind !== "file") throw new Error(`no file: ${place}`);
    return entry.sha256;
  }

  /** The entries at and below `places` with those above them, as the child needs them: parents first. */
  linesBelow(places: readonly BytePath[]): ContextLine[] {
    const taken = new Map<BytePath, ContextEntry>();
    for (const place of places) {
      const above: BytePath[] = [];
      for (let up = parentOf(place); up !== "" && !taken.has(up); up = parentOf(up)) above.unshift(up);
      for (const up of above) this.#takeOne(up, taken);
      this.#take(place, taken);
    }
    return Array.from(taken.values(), contextLine);
  }

  #take(place: BytePath, taken: Map<BytePath, ContextEntry>): void {
    this.#takeOne(place, taken);
    for (const name of this.names(place)) this.#take(joinPath(place, name), taken);
  }

  #takeOne(place: BytePath, taken: Map<BytePath, ContextEntry>): void {
    const entry = this.#nodes.get(place);
    if (entry !== undefined) taken.set(place, entry);
  }
}

const root: ContextEntry = { path: "", kind: "directory", mode: 0o755, mtimeNs: 0n };

/** The same entries by the bytes of their paths: mostly the same map. */
function byBytes(entries: ReadonlyMap<string, ContextEntry>): ReadonlyMap<BytePath, ContextEntry> {
  for (const path of entries.keys())
    if (bytesOf(path) !== path)
      return new Map(Array.from(entries, ([name, entry]) => [bytesOf(name), entry]));
  return entries;
}
