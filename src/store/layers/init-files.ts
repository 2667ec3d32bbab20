import {
  chmodSync,
  chownSync,
  closeSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  type Stats,
  symlinkSync,
} from "node:fs";
import { join } from "node:path";

/**
 * What programs look for to learn that they are in a Docker container, and for the table of mounts: `/.dockerenv` and
 * `/etc/mtab`, made in a new upper directory where the layers below lack them. dockerd keeps them in a layer of their
 * own; here `mountTargets` leaves them out of what the container has changed. No path is followed through a link.
 */
export function addInitFiles(upper: string, lower: readonly string[]): void {
  if (!lower.some((directory) => statOf(join(directory, ".dockerenv")) !== undefined))
    closeSync(openSync(join(upper, ".dockerenv"), "wx", 0o755));
  const etc = lower.map((directory) => join(directory, "etc")).filter((path) => statOf(path) !== undefined);
  const shown = etc.slice(0, firstOther(etc));
  const [top] = shown.map((path) => lstatSync(path));
  if (top === undefined || shown.some((path) => statOf(join(path, "mtab")) !== undefined)) return;
  const own = join(upper, "etc");
  mkdirSync(own);
  chmodSync(own, top.mode & 0o7777);
  chownSync(own, top.uid, top.gid);
  symlinkSync("/proc/mounts", join(own, "mtab"));
  lutimesSync(own, top.atime, top.mtime);
}

/** Where something that is no directory hides the layers below it. */
function firstOther(paths: readonly string[]): number {
  const at = paths.findIndex((path) => !lstatSync(path).isDirectory());
  return at < 0 ? paths.length : at;
}

function statOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}
