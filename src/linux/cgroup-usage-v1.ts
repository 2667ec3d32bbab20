import { deviceOf, fieldsOf, limitOf } from "./cgroup-fields.ts";
import type { BlockEntry, CgroupUsage, ReadGroupFile } from "./cgroup-usage.ts";

/** cpuacct.stat counts in USER_HZ, which is 100 on every architecture with containers. */
const nanosPerTick = 1e9 / 100;

/** Of a group of cgroup v1, whose controllers are trees of their own. */
export function usageV1(read: ReadGroupFile): CgroupUsage {
  const times = fieldsOf(read("cpuacct", "cpuacct.stat"));
  const throttling = fieldsOf(read("cpu", "cpu.stat"));
  return {
    version: 1,
    cpu: {
      totalNanos: Number(read("cpuacct", "cpuacct.usage")),
      userNanos: (times["user"] ?? 0) * nanosPerTick,
      kernelNanos: (times["system"] ?? 0) * nanosPerTick,
      perCpuNanos: numbersOf(read("cpuacct", "cpuacct.usage_percpu")),
      periods: throttling["nr_periods"] ?? 0,
      throttledPeriods: throttling["nr_throttled"] ?? 0,
      throttledNanos: throttling["throttled_time"] ?? 0,
    },
    memory: {
      bytes: Number(read("memory", "memory.usage_in_bytes")),
      mostBytes: Number(read("memory", "memory.max_usage_in_bytes")),
      limitBytes: limitOf(read("memory", "memory.limit_in_bytes")),
      failures: Number(read("memory", "memory.failcnt")),
      stat: fieldsOf(read("memory", "memory.stat")),
    },
    blockBytes: blockEntries(read, "io_service_bytes"),
    blockOperations: blockEntries(read, "io_serviced"),
    processes: Number(read("pids", "pids.current")),
    processLimit: limitOf(read("pids", "pids.max")),
  };
}

function numbersOf(text: string): number[] {
  return text.trim().split(/\s+/).filter(Boolean).map(Number);
}

/** Kept by whichever policy the disk has: the throttling layer counts for all of them. */
function blockEntries(read: ReadGroupFile, counter: string): BlockEntry[] {
  const text =
    read("blkio", `blkio.throttle.${counter}_recursive`) || read("blkio", `blkio.throttle.${counter}`);
  return text.split("\n").flatMap((line) => {
    const [device = "", op = "", value = ""] = line.split(" ");
    const numbers = deviceOf(device);
    return numbers === undefined ? [] : [{ ...numbers, op, value: Number(value) }];
  });
}
