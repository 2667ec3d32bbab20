import { createHash } from "node:crypto";
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Cleanup } from "../base/cleanup.ts";
import { unmount } from "../linux/mount.ts";
import type { ResolvedMount } from "../runtime/runtime-service.ts";
import type { Digest } from "../spec/digest.ts";
import type { MountPlan, PlannedMount } from "../volumes/mount-plan.ts";
import { pinSubpath, unpinSubpath } from "../volumes/subpath-pin.ts";
import type { Container } from "./container.ts";
import type { ContainersContext } from "./context.ts";
import { pathsOf } from "./paths.ts";
import type { Remapped } from "./remap.ts";

type Paths = Pick<ContainersContext, "defaults">;

export const imageMountWarning = "Image mount is an experimental feature";

export function imageMountsOf({ points }: MountPlan): PlannedMount[] {
  return points.filter(({ type }) => type === "image");
}

/** Ids of every image that a container uses: its own, and those it mounts. */
export function imagesOf({ imageId, mountPlan }: Container): Digest[] {
  return [imageId, ...imageMountsOf(mountPlan).flatMap((mount) => mount.imageId ?? [])];
}

/**
 * Holds the layers of every image that the container mounts, until `releaseImages`: by a writable layer that nobody
 * writes to, named after the container, so that the same look finds what a crash left of both.
 */
export async function holdImages(
  { images, layers }: ContainersContext,
  { id, mountPlan }: Container,
  cleanup: Cleanup,
): Promise<void> {
  for (const mount of imageMountsOf(mountPlan)) {
    const image = images.get(mount.imageId ?? mount.source);
    await layers.createWritable(layerOf(id, mount), image.chainId);
    cleanup.add("image mount", () => layers.removeWritable(layerOf(id, mount)));
  }
}

export async function releaseImages(
  { layers }: ContainersContext,
  { id, mountPlan }: Container,
): Promise<void> {
  for (const mount of imageMountsOf(mountPlan)) await layers.removeWritable(layerOf(id, mount));
}

/** The container that a writable layer of `holdImages` or its own belongs to. */
export function containerOfLayer(layer: string): string {
  return layer.split(".")[0] ?? layer;
}

/** Mounts an image read-only beside the container's own root, for its next run. Throws not-found for a subpath that is not there. */
export function mountImage(
  context: ContainersContext,
  { id }: Pick<Container, "id">,
  mount: PlannedMount,
  remapped?: Remapped,
): ResolvedMount {
  const place = imageMountPlace(context, id, mount);
  const mapped = remapped && {
    mapped: { through: remapped.remap.layersView, owner: remapped.namespace },
  };
  mkdirSync(place, { recursive: true, mode: 0o755 });
  openToGroup(context, id, remapped);
  context.layers.mount(layerOf(id, mount), place, mapped);
  const { destination, imageSubpath = "" } = mount;
  const source = imageSubpath === "" ? place : `${place}.part`;
  if (source !== place) pinSubpath(place, imageSubpath, source);
  return { type: "bind", source, target: destination, readOnly: true, propagation: "rprivate" };
}

function openToGroup(context: ContainersContext, id: string, remapped: Remapped | undefined): void {
  if (remapped === undefined) return;
  const directory = directoryOf(context, id);
  chownSync(directory, -1, remapped.namespace.gid);
  chmodSync(directory, 0o710);
}

/** Nothing there is fine. */
export function unmountImages(context: ContainersContext, id: string): void {
  const directory = directoryOf(context, id);
  if (!existsSync(directory)) return;
  const names = readdirSync(directory);
  for (const name of names.filter((each) => each.endsWith(".part"))) unpinSubpath(join(directory, name));
  for (const name of names) while (unmount(join(directory, name))) continue;
}

export function imageMountPlace(context: Paths, id: string, mount: PlannedMount): string {
  return join(directoryOf(context, id), nameOf(mount));
}

function directoryOf(context: Paths, id: string): string {
  return join(pathsOf(context, id).directory, "images");
}

function layerOf(id: string, mount: PlannedMount): string {
  return `${id}.${nameOf(mount)}`;
}

function nameOf({ destination }: PlannedMount): string {
  return createHash("sha256").update(destination).digest("hex").slice(0, 16);
}
