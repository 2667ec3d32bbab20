import { statSync } from "node:fs";
import { join } from "node:path";
import { errnoOf } from "../../base/errors.ts";
import { withPathInRoot } from "../../linux/rootpath.ts";
import type { HostConfig } from "../../spec/api/container.ts";
import { tmpfsOptions } from "../../spec/tmpfs.ts";
import type { MountSpec } from "../../spec/oci-runtime.ts";
import type { ResolvedMount } from "../runtime-service.ts";
import { initTarget } from "./init.ts";

const defaultShmBytes = 64 << 20;

export interface MountRequest {
  hostConfig: HostConfig;
  rootfs: string;
  /** The user's and the engine's own, in order. */
  mounts: ResolvedMount[];
  /** The host directory to show as /dev/shm where it is shared; undefined for an own tmpfs. */
  shmSource?: string;
  /** /sys/fs/cgroup is to be writable. */
  writableCgroups: boolean;
  /** The program behind `--init`, if asked for. */
  initPath?: string;
}

/** All mounts of a container in Docker's order: the kernel's file systems, shared memory, init, then what was asked for. */
export function containerMounts(request: MountRequest): MountSpec[] {
  const targets = new Set(request.mounts.map(({ target }) => target));
  // A volume over /dev hides everything that would be mounted in it.
  const hidden = ({ destination }: MountSpec) =>
    targets.has(destination) || (targets.has("/dev") && destination.startsWith("/dev/"));
  const base = [...kernelMounts(request), ...shmMount(request)].filter((mount) => !hidden(mount));
  const init: MountSpec[] =
    request.initPath === undefined
      ? []
      : [{ destination: initTarget, type: "bind", source: request.initPath, options: ["bind", "ro"] }];
  return [
    ...base,
    ...parentsFirst([...init, ...request.mounts.map((mount) => mountSpec(mount, request.rootfs))]),
  ];
}

/** A mount would hide what was mounted below its target before it. */
function parentsFirst(mounts: MountSpec[]): MountSpec[] {
  return mounts.toSorted((a, b) => depthOf(a) - depthOf(b));
}

function depthOf({ destination }: MountSpec): number {
  return destination.split("/").filter(Boolean).length;
}

function kernelMounts({ hostConfig, writableCgroups }: MountRequest): MountSpec[] {
  const privileged = hostConfig.Privileged === true;
  const common = ["nosuid", "noexec", "nodev"];
  const ro = privileged ? [] : ["ro"];
  const cgroupRo = privileged || writableCgroups ? [] : ["ro"];
  const pts = ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"];
  return [
    { destination: "/proc", type: "proc", source: "proc", options: common },
    {
      destination: "/dev",
      type: "tmpfs",
      source: "tmpfs",
      options: ["nosuid", "strictatime", "mode=755", "size=65536k"],
    },
    { destination: "/dev/pts", type: "devpts", source: "devpts", options: pts },
    { destination: "/sys", type: "sysfs", source: "sysfs", options: [...common, ...ro] },
    { destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: [...cgroupRo, ...common] },
    { destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: common },
  ];
}

function shmMount({ hostConfig, shmSource }: MountRequest): MountSpec[] {
  const mode = hostConfig.IpcMode ?? "";
  const destination = "/dev/shm";
  if (mode === "none") return [];
  if (shmSource !== undefined) {
    return [{ destination, type: "bind", source: shmSource, options: ["rbind", "rprivate"] }];
  }
  return [{ destination, type: "tmpfs", source: "shm", options: shmOptions(hostConfig) }];
}

/** Options of the tmpfs behind /dev/shm. */
export function shmOptions({ ShmSize }: HostConfig): string[] {
  const sizeBytes = ShmSize === undefined || ShmSize === 0 ? defaultShmBytes : ShmSize;
  return ["nosuid", "noexec", "nodev", "mode=1777", `size=${sizeBytes}`];
}

function mountSpec(mount: ResolvedMount, rootfs: string): MountSpec {
  return mount.type === "tmpfs" ? tmpfsSpec(mount, rootfs) : bindSpec(mount);
}

/** Unless told otherwise, a tmpfs has the mode of the directory it covers, as with runc; crun would open it to everyone. */
function tmpfsSpec(
  { target, options = tmpfsOptions(""), readOnly }: ResolvedMount,
  rootfs: string,
): MountSpec {
  const ro = readOnly && !options.includes("ro") ? ["ro"] : [];
  const covered = options.some((option) => option.startsWith("mode=")) ? undefined : modeOf(rootfs, target);
  const mode = covered === undefined ? [] : [`mode=${covered.toString(8)}`];
  return {
    destination: join("/", target),
    type: "tmpfs",
    source: "tmpfs",
    options: ["rprivate", ...options, ...mode, ...ro],
  };
}

/** Permission bits of a directory of the image; undefined where there is none. */
function modeOf(rootfs: string, path: string): number | undefined {
  try {
    return withPathInRoot(rootfs, path, (found) => statSync(found).mode & 0o7777);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}

/**
 * `rro` makes what is mounted below read-only too (mount_setattr(2)); it needs a private tree. Nothing is mounted below
 * a file, and crun before 1.9 fails with `rro` there: it opens the target as a directory.
 */
function bindSpec(mount: ResolvedMount): MountSpec {
  const { source, target, readOnly, nonRecursive, propagation } = mount;
  const options = [nonRecursive === true ? "bind" : "rbind"];
  if (readOnly) options.push(mayHoldMounts(mount) && isPrivate(propagation) ? "rro" : "ro");
  if (propagation !== undefined && propagation !== "") options.push(propagation);
  return { destination: join("/", target), type: "bind", source, options };
}

function isPrivate(propagation: string | undefined): boolean {
  return propagation === undefined || propagation === "" || propagation === "rprivate";
}

function mayHoldMounts({ source, nonRecursive }: ResolvedMount): boolean {
  return nonRecursive !== true && statSync(source, { throwIfNoEntry: false })?.isDirectory() !== false;
}
