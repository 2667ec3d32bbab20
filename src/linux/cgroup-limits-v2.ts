import type { BlockIoResources, CpuResources, MemoryResources, ResourcesSpec } from "../spec/oci-runtime.ts";
import type { CgroupWrite, ReadLimit } from "./cgroup-limits.ts";

/** The writes that bring a v2 group to these limits: the kernel's Documentation/admin-guide/cgroup-v2.rst. */
export function limitWritesV2(resources: ResourcesSpec, read: ReadLimit): CgroupWrite[] {
  const { memory = {}, cpu = {}, blockIO = {}, pids, hugepageLimits = [] } = resources;
  return [
    ...memoryWrites(memory),
    ...cpuWrites(cpu, read),
    ...blockWrites(blockIO, read),
    ...(pids === undefined ? [] : [write("pids.max", orMax(pids.limit, pids.limit <= 0))]),
    ...hugepageLimits.map(({ pageSize, limit }) => write(`hugetlb.${pageSize}.max`, String(limit))),
  ];
}

/** v2 counts swap by itself, where Docker and v1 count it together with memory. */
function memoryWrites({ limit, swap, reservation }: MemoryResources): CgroupWrite[] {
  const swapAlone = swap === undefined || swap < 0 ? swap : swap - Math.max(limit ?? 0, 0);
  return [
    ...some("memory.swap.max", swapAlone, orMax),
    ...some("memory.max", limit, orMax),
    ...some("memory.low", reservation, orMax),
  ];
}

function cpuWrites(cpu: CpuResources, read: ReadLimit): CgroupWrite[] {
  return [
    ...some("cpu.weight", cpu.shares, (shares) => String(weightOfShares(shares))),
    ...maxWrite(cpu, read("cpu", "cpu.max")),
    ...some("cpuset.cpus", cpu.cpus, String),
    ...some("cpuset.mems", cpu.mems, String),
  ];
}

/** `QUOTA PERIOD` is one file: the half that was not asked for stays as it is. */
function maxWrite({ quota, period }: CpuResources, current = "max 100000"): CgroupWrite[] {
  if (quota === undefined && period === undefined) return [];
  const [quotaNow = "max", periodNow = "100000"] = current.split(" ");
  const value = quota === undefined ? quotaNow : orMax(quota, quota <= 0);
  return [write("cpu.max", `${value} ${period ?? periodNow}`)];
}

/** Shares (2 to 262144) as a weight (1 to 10000), on the line that runtimes map them by. */
export function weightOfShares(shares: number): number {
  const [fewest, most] = [2, 262_144];
  const within = Math.min(Math.max(shares, fewest), most);
  return 1 + Math.floor(((within - fewest) * 9999) / (most - fewest));
}

function blockWrites(block: BlockIoResources, read: ReadLimit): CgroupWrite[] {
  const { weight } = block;
  const keys = [
    ["rbps", block.throttleReadBpsDevice],
    ["wbps", block.throttleWriteBpsDevice],
    ["riops", block.throttleReadIOPSDevice],
    ["wiops", block.throttleWriteIOPSDevice],
  ] as const;
  return [
    ...(weight === undefined ? [] : [weightWrite(weight, read)]),
    ...keys.flatMap(([key, devices = []]) =>
      devices.map(({ major, minor, rate }) => throttle(`${major}:${minor} ${key}=`, orMax(rate, rate === 0))),
    ),
  ];
}

/** Docker's weights are those of CFQ and BFQ, 10 to 1000; io.weight goes from 1 to 10000. Runtimes map them so, too. */
function weightWrite(weight: number, read: ReadLimit): CgroupWrite {
  if (read("io", "io.bfq.weight") !== undefined) return write("io.bfq.weight", String(weight));
  return write("io.weight", `default ${1 + Math.floor(((weight - 10) * 9999) / 990)}`);
}

function throttle(of: string, rate: string): CgroupWrite {
  return { ...write("io.max", `${of}${rate}`), lifted: `${of}max` };
}

function orMax(value: number, lifted = value < 0): string {
  return lifted ? "max" : String(value);
}

function some<T>(file: string, value: T | undefined, text: (value: T) => string): CgroupWrite[] {
  return value === undefined ? [] : [write(file, text(value))];
}

function write(file: string, value: string): CgroupWrite {
  return { controller: file.slice(0, file.indexOf(".")), file, value };
}
