import { type CgroupSupport, cgroupSupport } from "../../linux/cgroup-support.ts";
import type { HostConfig, ThrottleDevice } from "../../spec/api/container.ts";
import type {
  BlockIoResources,
  CpuResources,
  DeviceRule,
  MemoryResources,
  ResourcesSpec,
  ThrottleSpec,
} from "../../spec/oci-runtime.ts";
import { blockDevice } from "./devices.ts";

const periodMicros = 100_000;
const billion = 1_000_000_000;

/** The limits of a new container. Zero means "not set" throughout, as in Docker's API. */
export function containerResources(
  hostConfig: HostConfig,
  devices: DeviceRule[],
  support = cgroupSupport(),
): ResourcesSpec {
  const { cpu = {}, pids, ...others } = currentLimits(hostConfig, support);
  // crun 1.8 fails on a limit that is to be lifted; a new group has none.
  if ((cpu.quota ?? 0) < 0) delete cpu.quota;
  if ((hostConfig.CpuRealtimePeriod ?? 0) !== 0) cpu.realtimePeriod = hostConfig.CpuRealtimePeriod;
  if ((hostConfig.CpuRealtimeRuntime ?? 0) !== 0) cpu.realtimeRuntime = hostConfig.CpuRealtimeRuntime;
  return { devices, ...others, cpu, ...(pids !== undefined && pids.limit > 0 ? { pids } : {}) };
}

/** What an update may change, without device rules. -1 lifts a limit. */
export function currentLimits(hostConfig: HostConfig, support = cgroupSupport()): ResourcesSpec {
  const { PidsLimit } = hostConfig;
  return {
    memory: memory(hostConfig, support),
    cpu: cpu(hostConfig),
    blockIO: blockIo(hostConfig),
    ...(PidsLimit === undefined || PidsLimit === null ? {} : { pids: { limit: PidsLimit || -1 } }),
  };
}

function memory(hostConfig: HostConfig, support: CgroupSupport): MemoryResources {
  const { Memory = 0, MemoryReservation = 0, MemorySwap = 0, MemorySwappiness, OomKillDisable } = hostConfig;
  const spec: MemoryResources = {};
  if (Memory > 0) spec.limit = Memory;
  if (MemoryReservation > 0) spec.reservation = MemoryReservation;
  const swap = support.swapLimit ? swapLimit(Memory, MemorySwap) : undefined;
  if (swap !== undefined) spec.swap = swap;
  // Both exist on v1 only; runtimes fail on v2 when they are given.
  if (support.swappiness && (MemorySwappiness ?? -1) >= 0) spec.swappiness = MemorySwappiness;
  if (support.oomKillDisable && OomKillDisable === true) spec.disableOOMKiller = true;
  return spec;
}

/** Memory and swap together. A container with a memory limit alone may swap as much again, as Docker has it. */
function swapLimit(memoryBytes: number, swapBytes: number): number | undefined {
  if (swapBytes !== 0) return swapBytes;
  return memoryBytes > 0 ? memoryBytes * 2 : undefined;
}

function cpu(hostConfig: HostConfig): CpuResources {
  const {
    CpuShares = 0,
    NanoCpus = 0,
    CpuQuota = 0,
    CpuPeriod = 0,
    CpusetCpus = "",
    CpusetMems = "",
  } = hostConfig;
  const spec: CpuResources = {};
  if (CpuShares > 0) spec.shares = CpuShares;
  if (NanoCpus > 0) {
    spec.period = periodMicros;
    spec.quota = Math.trunc((NanoCpus * periodMicros) / billion);
  }
  if (CpuPeriod !== 0) spec.period = CpuPeriod;
  if (CpuQuota !== 0) spec.quota = CpuQuota;
  if (CpusetCpus !== "") spec.cpus = CpusetCpus;
  if (CpusetMems !== "") spec.mems = CpusetMems;
  return spec;
}

function blockIo(hostConfig: HostConfig): BlockIoResources {
  const spec: BlockIoResources = {};
  if ((hostConfig.BlkioWeight ?? 0) !== 0) spec.weight = hostConfig.BlkioWeight;
  const weights = hostConfig.BlkioWeightDevice ?? [];
  if (weights.length > 0) {
    spec.weightDevice = weights.map(({ Path = "", Weight = 0 }) => ({
      ...blockDevice(Path),
      weight: Weight,
    }));
  }
  throttle(hostConfig.BlkioDeviceReadBps, (list) => (spec.throttleReadBpsDevice = list));
  throttle(hostConfig.BlkioDeviceWriteBps, (list) => (spec.throttleWriteBpsDevice = list));
  throttle(hostConfig.BlkioDeviceReadIOps, (list) => (spec.throttleReadIOPSDevice = list));
  throttle(hostConfig.BlkioDeviceWriteIOps, (list) => (spec.throttleWriteIOPSDevice = list));
  return spec;
}

function throttle(devices: ThrottleDevice[] | null | undefined, set: (list: ThrottleSpec[]) => void): void {
  if (devices === undefined || devices === null || devices.length === 0) return;
  set(devices.map(({ Path = "", Rate = 0 }) => ({ ...blockDevice(Path), rate: Rate })));
}
