import { closeSync, constants, statSync } from "node:fs";
import { posix } from "node:path";
import { errnoOf } from "../../base/errors.ts";
import { check, libc } from "../../linux/libc.ts";
import { mount, MountFlag } from "../../linux/mount.ts";
import { mountOverlay } from "../../linux/overlay-mount.ts";
import { descriptorPath, makeDirectoriesInRoot, openInRoot } from "../../linux/rootpath.ts";
import type { ContainerRoot, HostMount } from "./files-task.ts";

const CLONE_NEWNS = 0x20000;

/** Only in a child. Answers the directory that is the container's root, with all that is mounted in it. */
export function enterContainer(root: ContainerRoot): string {
  if (root.kind === "directory") return root.path;
  check(libc.unshare(CLONE_NEWNS), "unshare");
  mount("none", "/", "", MountFlag.recursive | MountFlag.private);
  if (root.overlay !== undefined) {
    const { base, ...parts } = root.overlay;
    mountOverlay(parts, root.path, base);
  }
  for (const bind of root.binds) mountInRoot(root.path, bind);
  return root.path;
}

/** As the runtime does at start: the place is found inside the root, and made where it is missing. */
function mountInRoot(root: string, { source, destination, readOnly, ifMissing }: HostMount): void {
  if (ifMissing === true && exists(root, destination)) return;
  const isDirectory = statSync(source).isDirectory();
  const place = isDirectory ? makeDirectoriesInRoot(root, destination) : makeFileInRoot(root, destination);
  try {
    mount(source, descriptorPath(place), "", MountFlag.bind | MountFlag.recursive);
  } finally {
    closeSync(place);
  }
  if (!readOnly) return;
  const mounted = openInRoot(root, destination);
  try {
    mount("", descriptorPath(mounted), "", MountFlag.bind | MountFlag.remount | MountFlag.readOnly);
  } finally {
    closeSync(mounted);
  }
}

function exists(root: string, path: string): boolean {
  try {
    closeSync(openInRoot(root, path));
    return true;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return false;
    throw error;
  }
}

function makeFileInRoot(root: string, path: string): number {
  closeSync(makeDirectoriesInRoot(root, posix.dirname(path)));
  closeSync(openInRoot(root, path, constants.O_CREAT | constants.O_RDONLY | constants.O_NONBLOCK, 0o644));
  return openInRoot(root, path);
}
