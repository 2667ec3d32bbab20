// The rows of `stats`, and how a sample becomes one.
import type { ContainerStatsResponse } from "../../../spec/api/container-stats.ts";
import { formatBinaryBytes, formatBytes } from "../../../spec/size.ts";
import { shortId } from "../human.ts";
import type { Layout, RowKind } from "../rows.ts";

export interface StatsRow {
  /** As the user named it. */
  container: string;
  name: string;
  id: string;
  cpuPercent: number;
  memoryBytes: number;
  memoryLimitBytes: number;
  memoryPercent: number;
  receivedBytes: number;
  sentBytes: number;
  readBytes: number;
  writtenBytes: number;
  pids: number;
  /** No sample, or the last one failed. */
  invalid: boolean;
}

export const noStats: Omit<StatsRow, "container"> = {
  name: "",
  id: "",
  cpuPercent: 0,
  memoryBytes: 0,
  memoryLimitBytes: 0,
  memoryPercent: 0,
  receivedBytes: 0,
  sentBytes: 0,
  readBytes: 0,
  writtenBytes: 0,
  pids: 0,
  invalid: true,
};

export function statsRow(container: string, stats: ContainerStatsResponse): StatsRow {
  const memoryBytes = memoryInUse(stats);
  const memoryLimitBytes = stats.memory_stats?.limit ?? 0;
  const networks = Object.values(stats.networks ?? {});
  return {
    container,
    name: stats.name ?? "",
    id: stats.id ?? "",
    cpuPercent: cpuPercent(stats),
    memoryBytes,
    memoryLimitBytes,
    memoryPercent: memoryLimitBytes === 0 ? 0 : (memoryBytes / memoryLimitBytes) * 100,
    receivedBytes: networks.reduce((sum, { rx_bytes = 0 }) => sum + rx_bytes, 0),
    sentBytes: networks.reduce((sum, { tx_bytes = 0 }) => sum + tx_bytes, 0),
    readBytes: blockBytes(stats, "r"),
    writtenBytes: blockBytes(stats, "w"),
    pids: stats.pids_stats?.current ?? 0,
    invalid: false,
  };
}

/** The container's share of all CPU time since the sample before, times the CPUs. */
function cpuPercent({ cpu_stats: now, precpu_stats: before }: ContainerStatsResponse): number {
  const cpu = (now?.cpu_usage?.total_usage ?? 0) - (before?.cpu_usage?.total_usage ?? 0);
  const system = (now?.system_cpu_usage ?? 0) - (before?.system_cpu_usage ?? 0);
  const cpus = now?.online_cpus || (now?.cpu_usage?.percpu_usage?.length ?? 0);
  return system > 0 && cpu > 0 ? (cpu / system) * cpus * 100 : 0;
}

/** Usage less the page cache that the kernel can drop: cgroup v1 and v2 name it differently. */
function memoryInUse({ memory_stats: memory }: ContainerStatsResponse): number {
  const usage = memory?.usage ?? 0;
  const cacheV1 = memory?.stats?.total_inactive_file;
  if (typeof cacheV1 === "number" && cacheV1 < usage) return usage - cacheV1;
  const cacheV2 = memory?.stats?.inactive_file ?? 0;
  return cacheV2 < usage ? usage - cacheV2 : usage;
}

function blockBytes({ blkio_stats }: ContainerStatsResponse, operation: "r" | "w"): number {
  return (blkio_stats?.io_service_bytes_recursive ?? [])
    .filter(({ op = "" }) => op.toLowerCase().startsWith(operation))
    .reduce((sum, { value = 0 }) => sum + value, 0);
}

export const statsRows: RowKind<StatsRow> = {
  typeName: "*container.statsContext",
  headers: {
    Container: "CONTAINER",
    Name: "NAME",
    ID: "CONTAINER ID",
    CPUPerc: "CPU %",
    MemUsage: "MEM USAGE / LIMIT",
    MemPerc: "MEM %",
    NetIO: "NET I/O",
    BlockIO: "BLOCK I/O",
    PIDs: "PIDS",
  },
  fields: {
    Container: ({ container }) => container,
    Name: ({ name }) => (name.length > 1 ? name.slice(1) : "--"),
    ID: ({ id }, { truncate }) => (truncate ? shortId(id) : id),
    CPUPerc: (row) => (row.invalid ? "--" : `${row.cpuPercent.toFixed(2)}%`),
    MemUsage: (row) =>
      row.invalid
        ? "-- / --"
        : `${formatBinaryBytes(row.memoryBytes)} / ${formatBinaryBytes(row.memoryLimitBytes)}`,
    MemPerc: (row) => (row.invalid ? "--" : `${row.memoryPercent.toFixed(2)}%`),
    NetIO: (row) =>
      row.invalid ? "--" : `${formatBytes(row.receivedBytes, 3)} / ${formatBytes(row.sentBytes, 3)}`,
    BlockIO: (row) =>
      row.invalid ? "--" : `${formatBytes(row.readBytes, 3)} / ${formatBytes(row.writtenBytes, 3)}`,
    PIDs: (row) => (row.invalid ? "--" : String(row.pids)),
  },
};

export function statsLayout(format: string): Layout {
  if (format !== "" && format !== "table") return { template: format };
  return { columns: ["ID", "Name", "CPUPerc", "MemUsage", "MemPerc", "NetIO", "BlockIO", "PIDs"] };
}
