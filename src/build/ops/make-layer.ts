import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Cleanup } from "../../base/cleanup.ts";
import { newId } from "../../base/ids.ts";
import { unmount } from "../../linux/mount.ts";
import type { ChainId, MountOptions, SealOptions } from "../../store/layers/layer-store.ts";
import type { BuildParts, Snapshot } from "./build-parts.ts";

/** A step at work. */
export interface Place {
  id: string;
  /** Its own directory, gone afterwards. */
  directory: string;
  /** The mounted file system that becomes the layer. */
  rootfs: string;
  /** For what must be given back whatever happens, before the file system is. */
  cleanup: Cleanup;
}

/**
 * What `work` changes on top of `parent`, as a layer. Nothing stays if it fails, or if the signal aborts it.
 */
export async function makeLayer(
  parts: BuildParts,
  parent: Snapshot,
  options: Omit<SealOptions, "user"> & { signal: AbortSignal },
  work: (place: Place) => Promise<void>,
  /** Comes after it, when the file system is no longer mounted; `upper` has what is changed. */
  finish: (place: Place, upper: string) => Promise<void> = async () => {},
): Promise<Snapshot> {
  const id = newId();
  await using cleanup = new Cleanup((what, error) => parts.log.error(`undo of a build step: ${what}`, error));
  const { upper } = await parts.layers.createWritable(id, parent.chainId);
  cleanup.add("writable layer", () => parts.layers.removeWritable(id));
  await withPlace(
    parts,
    id,
    work,
    // Of users that are mapped it is mounted a second time.
    (rootfs) => parts.layers.mount(id, rootfs, { volatile: parts.remap === undefined }),
    (place) => finish(place, upper),
  );
  const user = `lease:${id}`;
  const layer = await parts.layers.seal(id, { ...options, user });
  // By the next turn the solver holds the result.
  setImmediate(() => void parts.layers.release(layer.chainId, user));
  return { chainId: layer.chainId, createdMs: Date.now() };
}

/** The layer at the top of a chain, on top of `parent` instead. */
export async function rebaseLayer(
  parts: BuildParts,
  chainId: ChainId,
  parent: Snapshot,
  signal: AbortSignal,
): Promise<Snapshot> {
  const user = `lease:${newId()}`;
  const layer = await parts.layers.rebase(chainId, parent.chainId, { user, signal });
  setImmediate(() => void parts.layers.release(layer.chainId, user));
  return { chainId: layer.chainId, createdMs: Date.now() };
}

/** Calls `use` with the directory at which a file system can be read, mounted for as long as that takes. */
export async function withView<T>(
  parts: BuildParts,
  { chainId }: Snapshot,
  use: (directory: string) => Promise<T>,
): Promise<T> {
  return await withPlace(
    parts,
    newId(),
    ({ rootfs }) => use(rootfs),
    chainId === undefined ? undefined : (rootfs) => parts.layers.mountView(chainId, rootfs),
  );
}

/** The same for a view that outlives the call: until the answer's `release`; `mapped`, if others are its owners. */
export function openView(
  parts: BuildParts,
  { chainId }: Snapshot,
  mapped?: MountOptions["mapped"],
): { directory: string; release: () => void } {
  const place = join(parts.directory, newId());
  const directory = join(place, "rootfs");
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  // Nothing at all is an empty directory: an overlay needs a layer.
  if (chainId !== undefined) parts.layers.mountView(chainId, directory, { ...(mapped && { mapped }) });
  const release = () => {
    if (chainId !== undefined) unmount(directory);
    rmSync(place, { recursive: true, force: true });
  };
  return { directory, release };
}

async function withPlace<T>(
  parts: BuildParts,
  id: string,
  use: (place: Place) => Promise<T>,
  mountAt: ((rootfs: string) => void) | undefined,
  finish: (place: Place) => Promise<void> = async () => {},
): Promise<T> {
  await using cleanup = new Cleanup((what, error) => parts.log.error(`undo of a build step: ${what}`, error));
  const directory = join(parts.directory, id);
  const rootfs = join(directory, "rootfs");
  mkdirSync(rootfs, { recursive: true, mode: 0o700 });
  cleanup.add("directory", () => rmSync(directory, { recursive: true, force: true }));
  const result = await mounted(parts, { id, directory, rootfs }, use, mountAt);
  await finish({ id, directory, rootfs, cleanup });
  return result;
}

async function mounted<T>(
  parts: BuildParts,
  place: Omit<Place, "cleanup">,
  use: (place: Place) => Promise<T>,
  mountAt: ((rootfs: string) => void) | undefined,
): Promise<T> {
  await using cleanup = new Cleanup((what, error) => parts.log.error(`undo of a build step: ${what}`, error));
  if (mountAt !== undefined) {
    mountAt(place.rootfs);
    cleanup.add("file system", () => void unmount(place.rootfs));
  }
  return await use({ ...place, cleanup });
}
