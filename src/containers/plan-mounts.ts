import { existsSync } from "node:fs";
import { EngineError } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import type { ContainerConfig, HostConfig, MountPoint } from "../spec/api/container.ts";
import { type MountPlan, type PlannedMount, planMounts } from "../volumes/mount-plan.ts";
import { toMountPoint } from "../volumes/mount-point.ts";
import type { Container } from "./container.ts";
import type { ContainersContext } from "./context.ts";

/** The container's mount points as its configuration, its image and other containers' volumes ask for them. */
export function planContainerMounts(
  context: Pick<ContainersContext, "repository" | "defaults">,
  config: ContainerConfig,
  hostConfig: HostConfig,
): MountPlan {
  const plan = planMounts(
    { hostConfig, volumes: Object.keys(config.Volumes ?? {}) },
    {
      mountsOf: (container) => context.repository.named(container).mountPlan.points,
      sourceExists: existsSync,
      dataRoot: context.defaults.dataRoot,
      newVolumeName: newId,
    },
  );
  if (plan.points.some(({ type }) => type === "image")) {
    throw new EngineError("not-implemented", 'mounts of type "image" are not implemented yet');
  }
  return plan;
}

/** The mounts as `inspect` and `ps` show them. */
export function mountPoints({ mountPlan, volumePaths }: Container): MountPoint[] {
  return mountPlan.points.map((mount) => toMountPoint(mount, volumePaths[mount.volume?.name ?? ""]));
}

export function volumesOf({
  mountPlan,
}: Pick<Container, "mountPlan">): NonNullable<PlannedMount["volume"]>[] {
  return mountPlan.points.flatMap(({ volume }) => (volume === undefined ? [] : [volume]));
}
