import { existsSync } from "node:fs";
import { newId } from "../base/ids.ts";
import type { ContainerConfig, HostConfig, MountPoint } from "../spec/api/container.ts";
import { type MountPlan, type PlannedMount, planMounts } from "../volumes/mount-plan.ts";
import { toMountPoint } from "../volumes/mount-point.ts";
import type { Container } from "./container.ts";
import type { ContainersContext } from "./context.ts";
import { imageMountPlace } from "./image-mounts.ts";

/** The container's mount points as its configuration, its image and other containers' volumes ask for them. */
export function planContainerMounts(
  context: Pick<ContainersContext, "repository" | "defaults" | "images">,
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
  const points = plan.points.map((mount) =>
    mount.type === "image"
      ? { ...mount, imageId: mount.imageId ?? context.images.use(mount.source).id }
      : mount,
  );
  return { ...plan, points };
}

/** The mounts as `inspect` and `ps` show them. */
export function mountPoints(
  context: Pick<ContainersContext, "defaults">,
  container: Container,
): MountPoint[] {
  const { id, mountPlan, volumePaths } = container;
  return mountPlan.points.map((mount) =>
    toMountPoint(
      mount,
      mount.type === "image" ? imageMountPlace(context, id, mount) : volumePaths[mount.volume?.name ?? ""],
    ),
  );
}

export function volumesOf({
  mountPlan,
}: Pick<Container, "mountPlan">): NonNullable<PlannedMount["volume"]>[] {
  return mountPlan.points.flatMap(({ volume }) => (volume === undefined ? [] : [volume]));
}
