import { EngineError } from "../../../base/errors.ts";
import { pathMatch } from "../../../images/path-match.ts";
import { type BytePath, cleanPath, joinPath } from "../../../store/archive/entry-path.ts";
import { bytesOf, textOf, type Tree } from "./tree.ts";

/** One thing that the sources of a COPY, ADD or mount name. */
export interface Selected {
  /** Where it is in the tree, links on the way there followed. */
  place: BytePath;
  /** As it was named. */
  path: BytePath;
  /** With `--parents`: how much of `path` is not kept at the destination. */
  dropped: BytePath;
}

/** What `sources` name in a tree, wildcards resolved, in their order. Throws not-found in BuildKit's words. */
export function select(tree: Tree, sources: readonly string[]): Selected[] {
  return sources.flatMap((source) => {
    const [pivot, rest] = splitPivot(source);
    const clean = cleanPath(`/${joinPath(pivot, rest)}`) ?? "";
    // A pattern may match nothing: only what is named has to be there.
    const found = hasWildcard(clean) ? matches(tree, clean) : [clean];
    return found.map((path) => {
      const place = tree.follow(path);
      if (place === undefined) throw notFound(path);
      return { place, path, dropped: cleanPath(`/${pivot}`) ?? "" };
    });
  });
}

/** `a/./b`: what stands before the dot is not kept by `--parents`. */
function splitPivot(source: string): [pivot: BytePath, rest: BytePath] {
  const path = bytesOf(source);
  const at = path.indexOf("/./");
  return at < 0 ? ["", path] : [path.slice(0, at), path.slice(at + 3)];
}

function notFound(path: BytePath): EngineError {
  return new EngineError("not-found", `${JSON.stringify(textOf(`/${path}`))}: not found`);
}

function hasWildcard(path: string): boolean {
  return /[*?[\\]/.test(path);
}

/** The directories before the first wildcard are followed; from there on every name is matched part by part. */
function matches(tree: Tree, pattern: BytePath): BytePath[] {
  const parts = pattern.split("/");
  const first = parts.findIndex(hasWildcard);
  const base = tree.follow(parts.slice(0, first).join("/"));
  if (base === undefined || tree.node(base).kind !== "directory") return [];
  return below(tree, base, parts.slice(first));
}

function below(tree: Tree, directory: BytePath, [part = "", ...rest]: readonly string[]): BytePath[] {
  const fitting = tree.names(directory).filter((name) => pathMatch(textOf(part), textOf(name)));
  return fitting.flatMap((name) => {
    const path = joinPath(directory, name);
    if (rest.length === 0) return [path];
    return tree.node(path).kind === "directory" ? below(tree, path, rest) : [];
  });
}
