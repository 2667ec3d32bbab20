import { existsSync } from "node:fs";
import { join } from "node:path";
import { cgroupLayout } from "../../linux/cgroup.ts";
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

/** The limits of a container. Zero means "not set" throughout, as in Docker's API; -1 lifts a limit. */
export function containerResources(hostConfig: HostConfig, devices: DeviceRule[]): ResourcesSpec {
  return { devices, ...limits(hostConfig) };
}

/** Without device rules: what `update` sends to a running container. */
export function limits(hostConfig: HostConfig): ResourcesSpec {
  const spec: ResourcesSpec = {
    memory: memory(hostConfig),
    cpu: cpu(hostConfig),
    blockIO: blockIo(hostConfig),
  };
  // crun 1.8 fails on a limit that is to be lifted; a new group has none.
  if ((hostConfig.PidsLimit ?? 0) > 0) spec.pids = { limit: hostConfig.PidsLimit ?? 0 };
  return spec;
}

function memory(hostConfig: HostConfig): MemoryResources {
  const { Memory = 0, MemoryReservation = 0, MemorySwap = 0, MemorySwappiness, OomKillDisable } = hostConfig;
  const v1 = cgroupLayout().version === 1;
  const spec: MemoryResources = {};
  if (Memory > 0) spec.limit = Memory;
  if (MemoryReservation > 0) spec.reservation = MemoryReservation;
  const swap = swapLimit(Memory, MemorySwap);
  if (swap !== undefined) spec.swap = swap;
  // Both exist on v1 only; runtimes fail on v2 when they are given.
  if (v1 && MemorySwappiness !== undefined && MemorySwappiness >= 0) spec.swappiness = MemorySwappiness;
  if (v1 && OomKillDisable === true) spec.disableOOMKiller = true;
  return spec;
}

/** Memory and swap together. A container with a memory limit alone may swap as much again, as Docker has it. */
function swapLimit(memoryBytes: number, swapBytes: number): number | undefined {
  if (swapBytes !== 0) return swapBytes;
  if (memoryBytes <= 0 || !hasSwapAccounting()) return undefined;
  return memoryBytes * 2;
}

function hasSwapAccounting(): boolean {
  return cgroupLayout().version === 2 || cgroupLayout().controllers.has("memory");
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
  if ((hostConfig.CpuRealtimePeriod ?? 0) !== 0) spec.realtimePeriod = hostConfig.CpuRealtimePeriod;
  if ((hostConfig.CpuRealtimeRuntime ?? 0) !== 0) spec.realtimeRuntime = hostConfig.CpuRealtimeRuntime;
  if (CpusetCpus !== "") spec.cpus = CpusetCpus;
  if (CpusetMems !== "") spec.mems = CpusetMems;
  return spec;
}

function blockIo(hostConfig: HostConfig): BlockIoResources {
  const spec: BlockIoResources = {};
  if ((hostConfig.BlkioWeight ?? 0) !== 0 && supportsBlockWeight()) spec.weight = hostConfig.BlkioWeight;
  const weights = hostConfig.BlkioWeightDevice ?? [];
  if (weights.length > 0 && supportsBlockWeight()) {
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

/** The weight files come and go with the I/O scheduler: Docker drops a weight the kernel would refuse. */
export function supportsBlockWeight(): boolean {
  return hasRootFile("blkio", ["blkio.bfq.weight", "blkio.weight"], "io.bfq.weight");
}

function hasRootFile(controller: string, v1Files: string[], v2File: string): boolean {
  const layout = cgroupLayout();
  if (layout.version === 2) return existsIn(layout.unified, [v2File]);
  return existsIn(layout.controllers.get(controller), v1Files);
}

function existsIn(directory: string | undefined, files: string[]): boolean {
  return directory !== undefined && files.some((file) => existsSync(join(directory, file)));
}
