import type { ResourcesSpec, ThrottleSpec } from "../spec/oci-runtime.ts";
import type { CgroupWrite, ReadLimit } from "./cgroup-limits.ts";

/** The writes that bring a v1 group to these limits, in an order in which the kernel takes each one. */
export function limitWritesV1(resources: ResourcesSpec, read: ReadLimit): CgroupWrite[] {
  return [
    ...memoryWrites(resources, read),
    ...cpuWrites(resources),
    ...blockWrites(resources, read),
    ...(resources.pids === undefined ? [] : [pidsWrite(resources.pids.limit)]),
    ...(resources.hugepageLimits ?? []).map(({ pageSize, limit }) =>
      write("hugetlb", `hugetlb.${pageSize}.limit_in_bytes`, limit),
    ),
  ];
}

const bytes = { limit: "memory.limit_in_bytes", swap: "memory.memsw.limit_in_bytes" };

function memoryWrites({ memory = {} }: ResourcesSpec, read: ReadLimit): CgroupWrite[] {
  const { limit, swap, reservation, swappiness } = memory;
  const both = [...some("memory", bytes.limit, limit), ...some("memory", bytes.swap, swap)];
  if (swap !== undefined && grows(read("memory", bytes.swap), swap)) both.reverse();
  return [
    ...both,
    ...some("memory", "memory.soft_limit_in_bytes", reservation),
    ...some("memory", "memory.swappiness", swappiness),
  ];
}

/** Memory must never be above memory with swap: what grows is raised first, what shrinks comes last. */
function grows(before: string | undefined, after: number): boolean {
  return after < 0 || after > Number(before ?? 0);
}

function cpuWrites({ cpu = {} }: ResourcesSpec): CgroupWrite[] {
  return [
    ...some("cpu", "cpu.shares", cpu.shares),
    ...some("cpu", "cpu.cfs_period_us", cpu.period),
    ...some("cpu", "cpu.cfs_quota_us", cpu.quota),
    ...some("cpuset", "cpuset.cpus", cpu.cpus),
    ...some("cpuset", "cpuset.mems", cpu.mems),
  ];
}

function pidsWrite(limit: number): CgroupWrite {
  return write("pids", "pids.max", limit <= 0 ? "max" : limit);
}

function blockWrites({ blockIO = {} }: ResourcesSpec, read: ReadLimit): CgroupWrite[] {
  const weightFile = read("blkio", "blkio.bfq.weight") === undefined ? "blkio.weight" : "blkio.bfq.weight";
  return [
    ...some("blkio", weightFile, blockIO.weight),
    ...throttles("read_bps", blockIO.throttleReadBpsDevice),
    ...throttles("write_bps", blockIO.throttleWriteBpsDevice),
    ...throttles("read_iops", blockIO.throttleReadIOPSDevice),
    ...throttles("write_iops", blockIO.throttleWriteIOPSDevice),
  ];
}

function throttles(what: string, devices: ThrottleSpec[] = []): CgroupWrite[] {
  return devices.map(({ major, minor, rate }) => ({
    ...write("blkio", `blkio.throttle.${what}_device`, `${major}:${minor} ${rate}`),
    lifted: `${major}:${minor} 0`,
  }));
}

function some(controller: string, file: string, value: number | string | undefined): CgroupWrite[] {
  return value === undefined ? [] : [write(controller, file, value)];
}

function write(controller: string, file: string, value: number | string): CgroupWrite {
  return { controller, file, value: String(value) };
}
