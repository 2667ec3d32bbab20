import { lstatSync, mkdirSync, readdirSync, rmdirSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { posix } from "node:path";
import { errnoOf } from "../../../base/errors.ts";
import { resolvePathInRoot } from "../../../linux/rootpath.ts";
import type { ResolvedMount } from "../../../runtime/runtime-service.ts";

/**
 * What has to be made in a file system to mount on. They belong to nobody: `remove` takes away those that are still empty, once
 * nothing is mounted any more. (Left to the runtime, their modes would depend on which one that is.)
 */
export class MountStubs {
  /** Host paths, parents first. */
  readonly #missing: string[];

  constructor(rootfs: string, mounts: readonly ResolvedMount[]) {
    this.#missing = mounts.flatMap((mount) => makeMissing(rootfs, mount));
  }

  remove(): void {
    for (const path of this.#missing.toReversed()) removeEmpty(path);
  }
}

function makeMissing(rootfs: string, { target, type, source }: ResolvedMount): string[] {
  const missing = missingOn(rootfs, target);
  const last = missing.at(-1);
  for (const path of missing) {
    const isFile = path === last && type === "bind" && !statSync(source).isDirectory();
    if (isFile) writeFileSync(path, "", { flag: "wx", mode: 0o644 });
    else mkdirSync(path, { mode: 0o755 });
  }
  return missing;
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
