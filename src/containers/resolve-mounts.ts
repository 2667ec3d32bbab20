import type { Cleanup } from "../base/cleanup.ts";
import type { ResolvedMount } from "../runtime/runtime-service.ts";
import { tmpfsOptions } from "../spec/tmpfs.ts";
import { prepareBindSource } from "../volumes/bind-source.ts";
import { inMountOrder, type PlannedMount } from "../volumes/mount-plan.ts";
import { type Container, neverTime } from "./container.ts";
import type { ContainersContext } from "./context.ts";
import { pathsOf } from "./paths.ts";

/** Makes the sources of the container's mounts ready for this start; `cleanup` learns how to give them back. */
export async function resolveMounts(
  context: ContainersContext,
  container: Container,
  cleanup: Cleanup,
): Promise<ResolvedMount[]> {
  const resolved: ResolvedMount[] = [];
  cleanup.add("volumes", () => context.volumes.unmountAll(container.id));
  for (const mount of inMountOrder(container.mountPlan)) {
    if (mount.type === "tmpfs") resolved.push(tmpfsMount(mount));
    else if (mount.type === "bind") resolved.push(bindMount(mount));
    else resolved.push(await volumeMount(context, container, mount));
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

async function volumeMount(
  context: ContainersContext,
  { id, state }: Container,
  { volume, destination, readOnly }: PlannedMount,
): Promise<ResolvedMount> {
  const name = volume?.name ?? "";
  // Only before the first start: who empties a volume later means it. Before the mount, so that a subpath which only
  // the image has is there.
  if (volume?.copyUp && state.startedAt === neverTime) {
    await context.volumes.copyUp(name, pathsOf(context, id).rootfs, destination);
  }
  const subpath = volume?.subpath || undefined;
  const source = await context.volumes.mount(name, id, { destination, readOnly, subpath });
  return { type: "bind", source, target: destination, readOnly, propagation: "rprivate" };
}
