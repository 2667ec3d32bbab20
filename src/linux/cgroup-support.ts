import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { errnoOf } from "../base/errors.ts";
import { type CgroupLayout, cgroupLayout } from "./cgroup.ts";

/** What the control groups of this machine can limit: a limit it cannot set is discarded with a warning. */
export interface CgroupSupport {
  version: 1 | 2;
  memoryLimit: boolean;
  swapLimit: boolean;
  memoryReservation: boolean;
  swappiness: boolean;
  oomKillDisable: boolean;
  kernelMemoryTcp: boolean;
  cpuQuota: boolean;
  cpuShares: boolean;
  cpuRealtime: boolean;
  cpuset: boolean;
  pids: boolean;
  blockWeight: boolean;
  blockThrottle: boolean;
}

export function cgroupSupport(layout = cgroupLayout()): CgroupSupport {
  return layout.version === 2 ? unifiedSupport(layout.unified ?? "") : separateSupport(layout);
}

function separateSupport({ controllers }: CgroupLayout): CgroupSupport {
  const has = (controller: string, ...files: string[]) => {
    const directory = controllers.get(controller);
    return directory !== undefined && files.some((file) => existsSync(join(directory, file)));
  };
  return {
    version: 1,
    memoryLimit: has("memory", "memory.limit_in_bytes"),
    swapLimit: has("memory", "memory.memsw.limit_in_bytes"),
    memoryReservation: has("memory", "memory.soft_limit_in_bytes"),
    swappiness: has("memory", "memory.swappiness"),
    oomKillDisable: has("memory", "memory.oom_control"),
    kernelMemoryTcp: has("memory", "memory.kmem.tcp.limit_in_bytes"),
    cpuQuota: has("cpu", "cpu.cfs_quota_us"),
    cpuShares: has("cpu", "cpu.shares"),
    cpuRealtime: has("cpu", "cpu.rt_period_us"),
    cpuset: has("cpuset", "cpuset.cpus"),
    pids: controllers.has("pids"),
    // They come and go with the I/O scheduler.
    blockWeight: has("blkio", "blkio.bfq.weight", "blkio.weight"),
    blockThrottle: has("blkio", "blkio.throttle.read_bps_device"),
  };
}

function unifiedSupport(root: string): CgroupSupport {
  const controllers = readText(join(root, "cgroup.controllers")).trim().split(" ");
  const [memory, cpu, io] = ["memory", "cpu", "io"].map((name) => controllers.includes(name));
  return {
    version: 2,
    memoryLimit: memory === true,
    swapLimit: memory === true && groupsHave(root, "memory.max", ["memory.swap.max"]),
    memoryReservation: memory === true,
    swappiness: false,
    oomKillDisable: false,
    kernelMemoryTcp: false,
    cpuQuota: cpu === true,
    cpuShares: cpu === true,
    cpuRealtime: false,
    cpuset: controllers.includes("cpuset"),
    pids: controllers.includes("pids"),
    blockWeight: io === true && groupsHave(root, "io.max", ["io.bfq.weight", "io.weight"]),
    blockThrottle: io === true,
  };
}

/**
 * Limits are files of groups below the root, of those whose controller is on, as `mark` tells. On a machine with no such
 * group they are taken to be there.
 */
function groupsHave(root: string, mark: string, files: string[]): boolean {
  const groups = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(root, entry.name, mark)))
    .map(({ name }) => join(root, name));
  if (groups.length === 0) return true;
  return groups.some((group) => files.some((file) => existsSync(join(group, file))));
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return "";
    throw error;
  }
}
