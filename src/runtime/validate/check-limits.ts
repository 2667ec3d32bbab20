import { availableParallelism } from "node:os";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { EngineError } from "../../base/errors.ts";
import { cgroupLayout } from "../../linux/cgroup.ts";
import type { HostConfig } from "../../spec/api/container.ts";
import { supportsBlockWeight } from "../spec/resources.ts";
import { checkCpuset } from "./cpuset.ts";

const minMemoryBytes = 6 << 20;
const nano = 1_000_000_000;

/** The limits of a host configuration, in dockerd's words. Answers its warnings. */
export function checkLimits(hostConfig: HostConfig): string[] {
  return [
    ...checkMemory(hostConfig),
    ...checkCpu(hostConfig),
    ...checkBlockIo(hostConfig),
    ...checkOther(hostConfig),
  ];
}

function checkMemory(hostConfig: HostConfig): string[] {
  const { Memory = 0, MemorySwap = 0, MemoryReservation = 0, MemorySwappiness, OomKillDisable } = hostConfig;
  if (Memory !== 0 && Memory < minMemoryBytes) throw invalid("Minimum memory limit allowed is 6MB");
  if (Memory > 0 && MemorySwap > 0 && MemorySwap < Memory) {
    throw invalid("Minimum memoryswap limit should be larger than memory limit, see usage");
  }
  if (Memory === 0 && MemorySwap > 0) {
    throw invalid("You should always set the Memory limit when using Memoryswap limit, see usage");
  }
  if (MemorySwappiness !== undefined && MemorySwappiness !== null) checkSwappiness(MemorySwappiness);
  checkReservation(Memory, MemoryReservation);
  return [...swappinessWarning(MemorySwappiness), ...oomWarning(OomKillDisable === true, Memory)];
}

function checkSwappiness(value: number): void {
  if (value < -1 || value > 100) {
    throw invalid(`Invalid value: ${value}, valid memory swappiness range is 0-100`);
  }
}

function checkReservation(memoryBytes: number, reservationBytes: number): void {
  if (reservationBytes > 0 && reservationBytes < minMemoryBytes) {
    throw invalid("Minimum memory reservation allowed is 6MB");
  }
  if (memoryBytes > 0 && reservationBytes > 0 && memoryBytes < reservationBytes) {
    throw invalid("Minimum memory limit can not be less than memory reservation limit, see usage");
  }
}

function swappinessWarning(value: number | undefined | null): string[] {
  if (value === undefined || value === null || value === -1 || cgroupLayout().version === 1) return [];
  return [
    "Your kernel does not support memory swappiness capabilities or the cgroup is not mounted. Memory swappiness discarded.",
  ];
}

function oomWarning(disabled: boolean, memoryBytes: number): string[] {
  if (!disabled) return [];
  if (cgroupLayout().version === 2)
    return ["Your kernel does not support OomKillDisable. OomKillDisable discarded."];
  if (memoryBytes > 0) return [];
  return [
    "OOM killer is disabled for the container, but no memory limit is set, this can result in the system running out of resources.",
  ];
}

function checkCpu(hostConfig: HostConfig): string[] {
  const { NanoCpus = 0, CpuPeriod = 0, CpuQuota = 0, CpuShares = 0 } = hostConfig;
  if (NanoCpus > 0 && CpuPeriod > 0)
    throw invalid("Conflicting options: Nano CPUs and CPU Period cannot both be set");
  if (NanoCpus > 0 && CpuQuota > 0)
    throw invalid("Conflicting options: Nano CPUs and CPU Quota cannot both be set");
  const processors = availableParallelism();
  if (NanoCpus < 0 || NanoCpus > processors * nano) {
    throw invalid(
      `range of CPUs is from 0.01 to ${processors}.00, as there are only ${processors} CPUs available`,
    );
  }
  if (CpuShares < 0) throw invalid(`invalid CPU shares (${CpuShares}): value must be a positive integer`);
  if (CpuPeriod !== 0 && (CpuPeriod < 1000 || CpuPeriod > 1_000_000)) {
    throw invalid("CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)");
  }
  if (CpuQuota > 0 && CpuQuota < 1000) throw invalid("CPU cfs quota can not be less than 1ms (i.e. 1000)");
  checkCpuset("cpus", hostConfig.CpusetCpus ?? "", availableSet("cpus"));
  checkCpuset("mems", hostConfig.CpusetMems ?? "", availableSet("mems"));
  return [];
}

/** What the root group may use; undefined on a machine without cpusets. */
function availableSet(what: "cpus" | "mems"): string | undefined {
  const { version, unified, controllers } = cgroupLayout();
  const directory = version === 2 ? unified : controllers.get("cpuset");
  const file = version === 2 ? `cpuset.${what}.effective` : `cpuset.${what}`;
  try {
    return directory === undefined ? undefined : readFileSync(join(directory, file), "utf8").trim();
  } catch {
    return undefined;
  }
}

function checkBlockIo({ BlkioWeight = 0, BlkioWeightDevice }: HostConfig): string[] {
  if (BlkioWeight !== 0 && !supportsBlockWeight()) {
    return ["Your kernel does not support Block I/O weight or the cgroup is not mounted. Weight discarded."];
  }
  if (BlkioWeight !== 0 && (BlkioWeight < 10 || BlkioWeight > 1000)) {
    throw invalid("Range of blkio weight is from 10 to 1000");
  }
  if ((BlkioWeightDevice ?? []).length === 0 || supportsBlockWeight()) return [];
  return [
    "Your kernel does not support Block I/O weight_device or the cgroup is not mounted. Weight-device discarded.",
  ];
}

function checkOther({ OomScoreAdj = 0, ShmSize = 0 }: HostConfig): string[] {
  if (OomScoreAdj < -1000 || OomScoreAdj > 1000) {
    throw invalid(`Invalid value ${OomScoreAdj}, range for oom score adj is [-1000, 1000]`);
  }
  if (ShmSize < 0) throw invalid("SHM size can not be less than 0");
  return [];
}

function invalid(message: string): EngineError {
  return new EngineError("invalid", message);
}
