import { closeSync, lstatSync, mkdirSync, rmdirSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { getSystemErrorMessage } from "node:util";
import { EngineError } from "../base/errors.ts";
import { KernelError } from "../linux/libc.ts";
import { mount, MountFlag, unmount } from "../linux/mount.ts";
import { descriptorPath, openInRoot, OpenFlag } from "../linux/rootpath.ts";

/**
 * Mounts what `subpath` is in the directory `data` at `pin`, so that whoever has the volume cannot replace it by a
 * link to elsewhere between this look and the container's mount (CVE-2023-28842's kind). Throws not-found.
 */
export function pinSubpath(data: string, subpath: string, pin: string): void {
  const found = openSubpath(data, subpath);
  try {
    const source = descriptorPath(found);
    mkdirSync(dirname(pin), { recursive: true, mode: 0o700 });
    if (statSync(source).isDirectory()) mkdirSync(pin, { mode: 0o700 });
    else writeFileSync(pin, "", { mode: 0o600 });
    mount(source, pin, "", MountFlag.bind | MountFlag.recursive);
    mount("", pin, "", MountFlag.private);
  } finally {
    closeSync(found);
  }
}

export function unpinSubpath(pin: string): void {
  const status = lstatSync(pin, { throwIfNoEntry: false });
  if (status === undefined) return;
  while (unmount(pin)) continue;
  // Never recursive: were it still mounted, the volume's own content would go.
  if (lstatSync(pin).isDirectory()) rmdirSync(pin);
  else unlinkSync(pin);
}

/** The place beside a volume's data where a mount point's subpath is pinned. */
export function pinPath(volumeDirectory: string, container: string, destination: string): string {
  const place = createHash("sha256").update(`${container}\0${destination}`).digest("hex");
  return join(volumeDirectory, "_subpaths", place.slice(0, 32));
}

function openSubpath(data: string, subpath: string): number {
  try {
    return openInRoot(data, subpath, OpenFlag.path);
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    const path = join(data, subpath);
    const message = `cannot access path ${path}: lstat ${path}: ${getSystemErrorMessage(-error.errno)}`;
    throw new EngineError("not-found", message, error);
  }
}
