import { lstatSync, readdirSync, rmdirSync, unlinkSync } from "node:fs";
import { posix } from "node:path";
import { errnoOf } from "../../../base/errors.ts";
import { resolvePathInRoot } from "../../../linux/rootpath.ts";

/**
 * What a runtime has to make in a file system to mount on. They belong to nobody: `remove` takes away those that are still empty, once
 * nothing is mounted any more.
 */
export class MountStubs {
  /** Host paths, parents first. */
  readonly #missing: string[];

  /** Looks before anything is mounted. */
  constructor(rootfs: string, targets: readonly string[]) {
    this.#missing = [...new Set(targets.flatMap((target) => missingOn(rootfs, target)))].sort();
  }

  remove(): void {
    for (const path of this.#missing.toReversed()) removeEmpty(path);
  }
}

/** The parts of a path that are not there yet, on the host. */
function missingOn(rootfs: string, target: string): string[] {
  const parts = posix.resolve("/", target).split("/").filter(Boolean);
  for (let depth = parts.length; depth >= 0; depth -= 1) {
    const place = resolved(rootfs, parts.slice(0, depth).join("/"));
    if (place === undefined) continue;
    return parts
      .slice(depth)
      .map((_part, index) => posix.join(place, ...parts.slice(depth, depth + index + 1)));
  }
  return [];
}

function resolved(rootfs: string, path: string): string | undefined {
  try {
    return resolvePathInRoot(rootfs, `/${path}`);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}

function removeEmpty(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory() === true && readdirSync(path).length === 0) rmdirSync(path);
  if (found?.isFile() === true && found.size === 0) unlinkSync(path);
}
