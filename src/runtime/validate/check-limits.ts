import { type CgroupSupport, cgroupSupport } from "../../linux/cgroup-support.ts";
import type { HostConfig } from "../../spec/api/container.ts";
import { checkCpu } from "./check-cpu.ts";
import { checkMemory } from "./check-memory.ts";
import { LimitCheck, refuse } from "./limit-check.ts";

/** The limits as they will be recorded and set, and what was discarded. */
export interface CheckedLimits {
  hostConfig: HostConfig;
  warnings: string[];
}

/**
 * Checks the limits of a host configuration, or with `update` those that are to change, in dockerd's words. What the
 * kernel cannot limit is discarded with a warning.
 */
export function checkLimits(
  asked: HostConfig,
  { support = cgroupSupport(), update = false }: { support?: CgroupSupport; update?: boolean } = {},
): CheckedLimits {
  const check = new LimitCheck(asked, support, update);
  checkMemory(check);
  checkPids(check);
  checkCpu(check);
  checkBlockIo(check);
  checkOther(check);
  return { hostConfig: check.limits, warnings: check.warnings };
}

/** 0 and -1 both mean no limit: nothing to set for a new container, something to lift for one that has a limit. */
function checkPids(check: LimitCheck): void {
  const { limits, support, update } = check;
  const limit = limits.PidsLimit;
  if (limit === undefined || limit === null) return;
  if (limit <= 0) limits.PidsLimit = update ? 0 : null;
  check.need(
    support.pids,
    ["PidsLimit"],
    "Your kernel does not support PIDs limit capabilities or the cgroup is not mounted. PIDs limit discarded.",
  );
}

const throttles = [
  ["BlkioDeviceReadBps", "BPS Block I/O read", "Block I/O BPS read"],
  ["BlkioDeviceWriteBps", "BPS Block I/O write", "Block I/O BPS write"],
  ["BlkioDeviceReadIOps", "IOPS Block read", "Block I/O IOPS read"],
  ["BlkioDeviceWriteIOps", "IOPS Block write", "Block I/O IOPS write"],
] as const;

function checkBlockIo(check: LimitCheck): void {
  const { support, limits } = check;
  check.need(support.blockWeight, ["BlkioWeight"], unsupported("Block I/O weight", "Weight"));
  const { BlkioWeight = 0 } = limits;
  if (BlkioWeight !== 0 && (BlkioWeight < 10 || BlkioWeight > 1000))
    refuse("Range of blkio weight is from 10 to 1000");
  if ((limits.IOMaximumBandwidth ?? 0) !== 0 || (limits.IOMaximumIOps ?? 0) !== 0)
    refuse("Invalid QoS settings: linux does not support Maximum IO Bandwidth or Maximum IO IOps");
  check.need(
    support.blockWeight,
    ["BlkioWeightDevice"],
    unsupported("Block I/O weight_device", "Weight-device"),
  );
  for (const [field, what, lost] of throttles)
    check.need(support.blockThrottle, [field], unsupported(`${what} limit`, `${lost} limit`));
}

function checkOther({ limits, warnings }: LimitCheck): void {
  const { OomScoreAdj = 0, ShmSize = 0, CpuPercent = 0 } = limits;
  if (CpuPercent > 0) {
    delete limits.CpuPercent;
    warnings.push("linux does not support CPU percent. Percent discarded.");
  }
  if (OomScoreAdj < -1000 || OomScoreAdj > 1000)
    refuse(`Invalid value ${OomScoreAdj}, range for oom score adj is [-1000, 1000]`);
  if (ShmSize < 0) refuse("SHM size can not be less than 0");
}

function unsupported(what: string, lost: string): string {
  return `Your kernel does not support ${what} or the cgroup is not mounted. ${lost} discarded.`;
}
