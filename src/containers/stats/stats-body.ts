import { totalmem } from "node:os";
import type { BlockEntry, CgroupUsage } from "../../linux/cgroup-usage.ts";
import type { InterfaceCounters } from "../../linux/interface-counters.ts";
import type { ProcessorTime } from "../../linux/processor-time.ts";
import type {
  ContainerBlkioStatEntry,
  ContainerBlkioStats,
  ContainerCPUStats,
  ContainerMemoryStats,
  ContainerNetworkStats,
  ContainerStatsResponse,
} from "../../spec/api/container-stats.ts";
import { neverTime } from "../container.ts";
import { memoryFieldsV1, memoryFieldsV2 } from "./memory-fields.ts";

/** One look at a container, and at the processors at the same moment. */
export interface StatsSample {
  readAt: Date;
  cgroup: CgroupUsage;
  interfaces: Map<string, InterfaceCounters>;
  processors: ProcessorTime;
}

/** GET /containers/{id}/stats: the sample beside the one before it, field for field as dockerd encodes them. */
export function statsBody(
  container: { id: string; name: string },
  sample: StatsSample | undefined,
  before?: StatsSample,
): ContainerStatsResponse {
  const usage = sample?.cgroup;
  return {
    name: `/${container.name}`,
    id: container.id,
    read: sample?.readAt.toISOString() ?? neverTime,
    preread: before?.readAt.toISOString() ?? neverTime,
    pids_stats: usage === undefined ? {} : processes(usage),
    blkio_stats: usage === undefined ? noBlockStats : blockStats(usage),
    num_procs: 0,
    storage_stats: {},
    cpu_stats: cpuStats(sample),
    precpu_stats: cpuStats(before),
    memory_stats: usage === undefined ? {} : memoryStats(usage),
    ...(sample !== undefined && sample.interfaces.size > 0 ? { networks: networks(sample.interfaces) } : {}),
  };
}

function processes({ version, processes, processLimit }: CgroupUsage) {
  if (processLimit !== Infinity) return { current: processes, limit: processLimit };
  // "No limit" is the largest 64-bit number on v2, which a JavaScript number only comes near, and nothing on v1.
  return { current: processes, ...(version === 2 ? { limit: unlimited } : {}) };
}

/** Written as it stands: JSON has no largest number. */
const unlimited = (JSON as unknown as { rawJSON(text: string): number }).rawJSON("18446744073709551615");

const noBlockStats: ContainerBlkioStats = {
  // The API's own type knows no null here, dockerd does.
  io_service_bytes_recursive: null as unknown as ContainerBlkioStatEntry[],
  io_serviced_recursive: null,
  io_queue_recursive: null,
  io_service_time_recursive: null,
  io_wait_time_recursive: null,
  io_merged_recursive: null,
  io_time_recursive: null,
  sectors_recursive: null,
};

/** On v2 dockerd knows bytes only; on v1 lists of which the kernel keeps two. */
function blockStats({ version, blockBytes, blockOperations }: CgroupUsage): ContainerBlkioStats {
  if (version === 2) {
    return blockBytes.length === 0
      ? noBlockStats
      : { ...noBlockStats, io_service_bytes_recursive: blockBytes.map(blockEntry) };
  }
  return {
    io_service_bytes_recursive: blockBytes.map(blockEntry),
    io_serviced_recursive: blockOperations.map(blockEntry),
    io_queue_recursive: [],
    io_service_time_recursive: [],
    io_wait_time_recursive: [],
    io_merged_recursive: [],
    io_time_recursive: [],
    sectors_recursive: [],
  };
}

function blockEntry({ major, minor, op, value }: BlockEntry): ContainerBlkioStatEntry {
  return { major, minor, op, value };
}

function cpuStats(sample: StatsSample | undefined): ContainerCPUStats {
  const cpu = sample?.cgroup.cpu;
  return {
    cpu_usage: {
      total_usage: cpu?.totalNanos ?? 0,
      ...(cpu?.perCpuNanos === undefined ? {} : { percpu_usage: cpu.perCpuNanos }),
      usage_in_kernelmode: cpu?.kernelNanos ?? 0,
      usage_in_usermode: cpu?.userNanos ?? 0,
    },
    ...(sample === undefined
      ? {}
      : {
          system_cpu_usage: sample.processors.totalNanos,
          online_cpus: sample.processors.processors,
        }),
    throttling_data: {
      periods: cpu?.periods ?? 0,
      throttled_periods: cpu?.throttledPeriods ?? 0,
      throttled_time: cpu?.throttledNanos ?? 0,
    },
  };
}

function memoryStats({ version, memory }: CgroupUsage): ContainerMemoryStats {
  const names = version === 2 ? memoryFieldsV2 : memoryFieldsV1;
  return {
    usage: memory.bytes,
    ...(version === 1 && memory.mostBytes > 0 ? { max_usage: memory.mostBytes } : {}),
    stats: Object.fromEntries(names.map((name) => [name, memory.stat[name] ?? 0])),
    ...(memory.failures > 0 ? { failcnt: memory.failures } : {}),
    // Without a limit of its own, the machine's memory is one.
    limit: Math.min(memory.limitBytes, machineBytes),
  };
}

const machineBytes = totalmem();

function networks(interfaces: Map<string, InterfaceCounters>): Record<string, ContainerNetworkStats> {
  return Object.fromEntries(
    [...interfaces].map(([name, counters]) => [
      name,
      {
        rx_bytes: counters.rxBytes,
        rx_packets: counters.rxPackets,
        rx_errors: counters.rxErrors,
        rx_dropped: counters.rxDropped,
        tx_bytes: counters.txBytes,
        tx_packets: counters.txPackets,
        tx_errors: counters.txErrors,
        tx_dropped: counters.txDropped,
      },
    ]),
  );
}
