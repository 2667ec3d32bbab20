import type { MountPoint } from "../spec/api/container.ts";
import type { PlannedMount } from "./mount-plan.ts";

/**
 * A mount point as `inspect` and `ps` show it. `volumePath` is the data directory of a volume (of an image mount:
 * where it is mounted), `driver` the volume's own driver.
 */
export function toMountPoint(mount: PlannedMount, volumePath = "", driver = "local"): MountPoint {
  const name = mount.volume?.name ?? (mount.type === "image" ? mount.source : undefined);
  return {
    Type: mount.type,
    ...(name !== undefined && { Name: name }),
    Source: mount.type === "bind" ? mount.source : volumePath,
    Destination: mount.destination,
    ...(mount.volume && { Driver: driver }),
    Mode: mount.mode,
    RW: !mount.readOnly,
    Propagation: mount.propagation,
  };
}
