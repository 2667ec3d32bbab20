import { createHash } from "node:crypto";
import { getXattr, listXattrs } from "../../../linux/xattr.ts";
import { type BytePath, joinPath } from "../../../store/archive/entry-path.ts";
import { type Exclude, excludeMatcher } from "./exclude.ts";
import { select } from "./select.ts";
import { textOf, type Tree, type TreeNode } from "./tree.ts";

/**
 * What a step reads of a tree: the sum of every entry, by the path people know it by. Kind, mode, owner, attributes and content count,
 * time does not. Each name begins with `prefix`.
 */
export function digestSelection(
  tree: Tree,
  sources: readonly string[],
  excludes: readonly string[],
  prefix = "",
): Record<string, string> {
  const digester = new Digester(tree, excludeMatcher(excludes), prefix);
  for (const { place, path } of select(tree, sources)) digester.add(place, path, "");
  return digester.entries;
}

class Digester {
  readonly entries: Record<string, string> = {};
  readonly #tree: Tree;
  readonly #excluded: Exclude;
  readonly #prefix: string;

  constructor(tree: Tree, excluded: Exclude, prefix: string) {
    this.#tree = tree;
    this.#prefix = `${prefix}/`;
    this.#excluded = excluded;
  }

  /** `inside` is the path below the source, which patterns are matched with. */
  add(place: BytePath, path: BytePath, inside: BytePath): void {
    const node = this.#tree.node(place);
    if (inside === "" || !this.#excluded(inside))
      this.entries[this.#prefix + textOf(path)] = this.#sum(place, node);
    if (node.kind !== "directory") return;
    for (const name of this.#tree.names(place))
      this.add(joinPath(place, name), joinPath(path, name), joinPath(inside, name));
  }

  #sum(place: BytePath, node: TreeNode): string {
    const facts = [node.kind, node.mode.toString(8), `${node.uid}:${node.gid}`];
    if (node.kind === "file") facts.push(this.#tree.contentSum(place, node));
    if (node.target !== undefined) facts.push(node.target.toString());
    if (node.device !== undefined)
      facts.push(`${node.device.format}:${node.device.major}:${node.device.minor}`);
    if (node.attributesPath !== undefined) facts.push(...attributes(node.attributesPath));
    return facts.join(" ");
  }
}

function attributes(path: string | Buffer): string[] {
  return carriedAttributes(path).map((name) => {
    const value = getXattr(path, name) ?? Buffer.alloc(0);
    return `${name}=${createHash("sha256").update(value).digest("hex")}`;
  });
}

/** Names of the attributes that go where a file goes: not the marks of this host's overlays and security modules. */
export function carriedAttributes(path: string | Buffer): string[] {
  return listXattrs(path)
    .filter((name) => /^(?:user\.|security\.capability$|system\.posix_acl_)/.test(name))
    .sort();
}
