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
    // A directory's content follows it: `a/b` before `a-b`.
    const keyed = Array.from(this.#entries.values(), (entry) => ({
      key: entry.path.replaceAll("/", "\0"),
      entry,
    }));
    const inOrder = keyed.every(({ key }, index) => index === 0 || (keyed[index - 1]?.key ?? "") < key);
    // Most contexts come sorted: looking is cheaper than sorting.
    if (!inOrder) keyed.sort((a, b) => (a.key < b.key ? -1 : 1));
    const entries = new Map(keyed.map(({ entry }) => [entry.path, entry]));
    return { entries, contents, contentPath: ({ sha256 }) => contentPath(contents, sha256) };
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

/** A path within the context, in its one form; `""` is the context itself. Throws `invalid` for one that leaves it. */
export function contextPath(name: string): string {
  const names = name.split("/").filter((part) => part !== "" && part !== ".");
  if (names.includes(".."))
    throw new EngineError("invalid", `the context holds a path outside of itself: ${JSON.stringify(name)}`);
  if (name.includes("\0")) throw new EngineError("invalid", "the context holds a path with a NUL byte");
  return names.join("/");
}
