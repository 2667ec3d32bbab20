import { closeSync, constants, statSync } from "node:fs";
import { posix } from "node:path";
import { errnoOf } from "../base/errors.ts";
import { makeDirectoriesInRoot, openInRoot } from "../linux/rootpath.ts";
import type { ResolvedMount } from "../runtime/runtime-service.ts";

/** What the runtime itself mounts in every container. */
const always = ["/proc", "/sys", "/dev"];

/**
 * Makes the files and directories that will be mounted over. The runtime does so too, but not once the root file system
 * is read-only.
 */
export function makeMountTargets(rootfs: string, mounts: ResolvedMount[]): void {
  for (const directory of always) closeSync(makeDirectoriesInRoot(rootfs, directory));
  for (const { type, source, target } of mounts) {
    // Below another mount it is that mount's own.
    if (mounts.some((other) => other.target !== target && target.startsWith(`${other.target}/`))) continue;
    if (type === "bind" && !statSync(source).isDirectory()) makeFile(rootfs, target);
    else closeSync(makeDirectoriesInRoot(rootfs, target));
  }
}

function makeFile(rootfs: string, path: string): void {
  closeSync(makeDirectoriesInRoot(rootfs, posix.dirname(path)));
  try {
    const flags = constants.O_CREAT | constants.O_WRONLY | constants.O_NONBLOCK;
    closeSync(openInRoot(rootfs, path, flags, 0o755));
  } catch (error) {
    // A directory or a device is there: whether it fits is for the runtime to say.
    if (!["EISDIR", "ENXIO", "EEXIST"].includes(errnoOf(error) ?? "")) throw error;
  }
}
