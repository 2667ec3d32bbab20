import type { BuildContext, ContextEntry } from "../../context/build-context.ts";
import { contentPath } from "../../context/content-store.ts";
import { fileTime, type FileTime } from "../../../linux/special-files.ts";
import { type BytePath, joinPath, parentOf } from "../../../store/archive/entry-path.ts";
import { bytesOf, type Tree, type TreeNode } from "./tree.ts";

/** A context's entry on its way to the child: path, kind and mode, time, then what its kind needs. */
export type SentEntry =
  | { path: string; kind: "directory"; mode: number; modified: FileTime }
  | { path: string; kind: "symlink"; mode: number; modified: FileTime; target: string }
  | { path: string; kind: "file"; mode: number; modified: FileTime; sum: string };

/** As many links as the kernel follows (path_resolution(7)). */
const mostLinks = 40;

/** A client's context: what it sent, described. Everything in it belongs to root, as in every image. */
export class SentTree implements Tree {
  readonly contents: string;
  readonly #nodes = new Map<BytePath, SentEntry>();
  readonly #names = new Map<BytePath, string[]>();

  /** Contents of files lie in the content store below `contents`. */
  constructor(entries: Iterable<SentEntry>, contents: string) {
    this.contents = contents;
    this.#names.set("", []);
    for (const entry of entries) {
      const path = bytesOf(entry.path);
      this.#nodes.set(path, entry);
      if (entry.kind === "directory") this.#names.set(path, this.#names.get(path) ?? []);
      this.#names.get(parentOf(path))?.push(path.slice(path.lastIndexOf("/") + 1));
    }
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
    const { kind, mode, modified } = entry;
    return {
      kind,
      mode,
      uid: 0,
      gid: 0,
      modified,
      ...(kind === "symlink" && { target: Buffer.from(entry.target) }),
      ...(kind === "file" && { contentPath: contentPath(this.contents, entry.sum), sum: entry.sum }),
    };
  }

  names(place: BytePath): string[] {
    return (this.#names.get(place) ?? []).sort();
  }

  contentSum(place: BytePath): string {
    const entry = this.#nodes.get(place);
    if (entry?.kind !== "file") throw new Error(`no file: ${place}`);
    return entry.sum;
  }

  /** The entries at and below `places`, as the child needs them. */
  entriesBelow(places: readonly BytePath[]): SentEntry[] {
    const taken = new Map<BytePath, SentEntry>();
    for (const place of places) {
      this.#take(place, taken);
      for (let up = parentOf(place); up !== "" && !taken.has(up); up = parentOf(up)) this.#takeOne(up, taken);
    }
    // Parents first.
    return [...taken].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
  }

  #take(place: BytePath, taken: Map<BytePath, SentEntry>): void {
    this.#takeOne(place, taken);
    for (const name of this.names(place)) this.#take(joinPath(place, name), taken);
  }

  #takeOne(place: BytePath, taken: Map<BytePath, SentEntry>): void {
    const entry = this.#nodes.get(place);
    if (entry !== undefined) taken.set(place, entry);
  }
}

const root: SentEntry = {
  path: "",
  kind: "directory",
  mode: 0o755,
  modified: { seconds: 0, nanoseconds: 0 },
};

export function sentTree(context: BuildContext): SentTree {
  return new SentTree(Array.from(context.entries.values(), sentEntry), context.contents);
}

function sentEntry(entry: ContextEntry): SentEntry {
  const { path, mode, mtimeNs } = entry;
  const common = { path, mode, modified: fileTime(mtimeNs) };
  if (entry.kind === "directory") return { ...common, kind: "directory" };
  if (entry.kind === "symlink") return { ...common, kind: "symlink", target: entry.target };
  return { ...common, kind: "file", sum: entry.sha256 };
}
