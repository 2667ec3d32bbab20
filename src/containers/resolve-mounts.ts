import type { Cleanup } from "../base/cleanup.ts";
import type { ResolvedMount } from "../runtime/runtime-service.ts";
import { tmpfsOptions } from "../spec/tmpfs.ts";
import { prepareBindSource } from "../volumes/bind-source.ts";
import { inMountOrder, type PlannedMount } from "../volumes/mount-plan.ts";
import { type Container, neverTime } from "./container.ts";
import type { ContainersContext } from "./context.ts";
import { mountImage, unmountImages } from "./image-mounts.ts";
import { pathsOf } from "./paths.ts";
import { mappedVolume, type Remapped } from "./remap.ts";

/** Makes the sources of the container's mounts ready for this start; `cleanup` learns how to give them back. */
export async function resolveMounts(
  context: ContainersContext,
  container: Container,
  cleanup: Cleanup,
  remapped?: Remapped,
): Promise<ResolvedMount[]> {
  const resolved: ResolvedMount[] = [];
  cleanup.add("images", () => unmountImages(context, container.id));
  cleanup.add("volumes", () => context.volumes.unmountAll(container.id));
  for (const mount of inMountOrder(container.mountPlan)) {
    if (mount.type === "tmpfs") resolved.push(tmpfsMount(mount));
    else if (mount.type === "bind") resolved.push(bindMount(mount));
    else if (mount.type === "image") resolved.push(mountImage(context, container, mount, remapped));
    else resolved.push(await volumeMount(context, container, mount, remapped));
  }
  return resolved;
}

function tmpfsMount({ destination, readOnly, tmpfs = "" }: PlannedMount): ResolvedMount {
  return { type: "tmpfs", source: "tmpfs", target: destination, readOnly, options: tmpfsOptions(tmpfs) };
}

function bindMount(mount: PlannedMount): ResolvedMount {
  prepareBindSource(mount);
  const { source, destination, readOnly, propagation, bind } = mount;
  return {
    type: "bind",
    source,
    target: destination,
    readOnly,
    propagation: propagation || "rprivate",
    nonRecursive: bind?.nonRecursive,
  };
}

/**
 * Fills empty volumes from the image. Only before the first start: who empties a volume later means it. Before the
 * mounts, so that a subpath which only the image has is there.
 */
export async function fillVolumes(context: ContainersContext, container: Container): Promise<void> {
  const { id, state, mountPlan } = container;
  if (state.startedAt !== neverTime) return;
  for (const { volume, destination } of inMountOrder(mountPlan))
    if (volume?.copyUp) await context.volumes.copyUp(volume.name, pathsOf(context, id).rootfs, destination);
}

async function volumeMount(
  context: ContainersContext,
  { id }: Container,
  { volume, destination, readOnly }: PlannedMount,
  remapped: Remapped | undefined,
): Promise<ResolvedMount> {
  const name = volume?.name ?? "";
  const subpath = volume?.subpath || undefined;
  const plain = await context.volumes.mount(name, id, { destination, readOnly, subpath });
  const isDevice = remapped !== undefined && Object.keys(context.volumes.get(name).Options ?? {}).length > 0;
  const source =
    remapped === undefined
      ? plain
      : mappedVolume(remapped, plain, { isDevice, isPinned: subpath !== undefined });
  return { type: "bind", source, target: destination, readOnly, propagation: "rprivate" };
}
