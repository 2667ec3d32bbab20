import { EngineError } from "../../base/errors.ts";
import type { BuildContext, ContextEntry } from "./build-context.ts";
import { contentPath } from "./content-store.ts";

/** Gathers entries in whatever order they come into a context's tree. */
export class ContextTree {
  readonly #entries = new Map<string, ContextEntry>();

  /** A later entry of the same path replaces the earlier one, as when a tar is unpacked. */
  add(entry: ContextEntry): void {
    if (entry.path === "") return;
    const before = this.#entries.get(entry.path);
    if (before?.kind === "directory" && entry.kind !== "directory") this.#dropBelow(entry.path);
    this.#addParents(entry);
    this.#entries.set(entry.path, entry);
  }

  get(path: string): ContextEntry | undefined {
    return this.#entries.get(path);
  }

  /** The finished context; its contents lie in the store below `contents`. */
  context(contents: string): BuildContext {
    return { entries: this.#sorted(), contents, contentPath: ({ sha256 }) => contentPath(contents, sha256) };
  }

  /** A directory's content follows it: `a/b` before `a-b`. Most contexts come sorted: looking is cheaper than sorting. */
  #sorted(): ReadonlyMap<string, ContextEntry> {
    let before = "";
    for (const path of this.#entries.keys()) {
      if (comparePaths(before, path) > 0)
        return new Map([...this.#entries].sort(([a], [b]) => comparePaths(a, b)));
      before = path;
    }
    return this.#entries;
  }

  #addParents({ path, mtimeNs }: ContextEntry): void {
    for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
      const parent = path.slice(0, at);
      const found = this.#entries.get(parent);
      if (found?.kind === "directory") return;
      // Unpacking would have followed a link here, wherever it leads.
      if (found !== undefined)
        throw new EngineError(
          "invalid",
          `the context holds ${path} below ${parent}, which is not a directory`,
        );
      this.#entries.set(parent, { kind: "directory", path: parent, mode: 0o755, mtimeNs });
    }
  }

  #dropBelow(directory: string): void {
    for (const path of this.#entries.keys()) if (path.startsWith(`${directory}/`)) this.#entries.delete(path);
  }
}

/** By names, one directory after the other. */
function comparePaths(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let at = 0; at < shorter; at += 1) {
    const [x, y] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (x !== y) return (x === slash ? -1 : x) - (y === slash ? -1 : y);
  }
  return a.length - b.length;
}

const slash = 47;

/** A path within the context, in its one form; `""` is the context itself. Throws `invalid` for one that leaves it. */
export function contextPath(name: string): string {
  if (!/\0|(?:^|\/)\.{0,2}(?:\/|$)/.test(name)) return name;
  const names = name.split("/").filter((part) => part !== "" && part !== ".");
  if (names.includes(".."))
    throw new EngineError("invalid", `the context holds a path outside of itself: ${JSON.stringify(name)}`);
  if (name.includes("\0")) throw new EngineError("invalid", "the context holds a path with a NUL byte");
  return names.join("/");
}
