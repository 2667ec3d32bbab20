import { deviceOf, fieldsOf, limitOf } from "./cgroup-fields.ts";
import type { BlockEntry, CgroupUsage, ReadGroupFile } from "./cgroup-usage.ts";

const nanosPerMicro = 1000;

/** Of a group of cgroup v2, whose one directory has the files of all controllers. */
export function usageV2(read: ReadGroupFile): CgroupUsage {
  const cpu = fieldsOf(read("cpu", "cpu.stat"));
  const io = ioLines(read("io", "io.stat"));
  return {
    version: 2,
    cpu: {
      totalNanos: (cpu["usage_usec"] ?? 0) * nanosPerMicro,
      userNanos: (cpu["user_usec"] ?? 0) * nanosPerMicro,
      kernelNanos: (cpu["system_usec"] ?? 0) * nanosPerMicro,
      periods: cpu["nr_periods"] ?? 0,
      throttledPeriods: cpu["nr_throttled"] ?? 0,
      throttledNanos: (cpu["throttled_usec"] ?? 0) * nanosPerMicro,
    },
    memory: {
      bytes: Number(read("memory", "memory.current")),
      mostBytes: Number(read("memory", "memory.peak")),
      limitBytes: limitOf(read("memory", "memory.max")),
      failures: fieldsOf(read("memory", "memory.events"))["oom"] ?? 0,
      stat: fieldsOf(read("memory", "memory.stat")),
    },
    blockBytes: io.flatMap((line) => readAndWrite(line, "rbytes", "wbytes")),
    blockOperations: io.flatMap((line) => readAndWrite(line, "rios", "wios")),
    processes: Number(read("pids", "pids.current")),
    processLimit: limitOf(read("pids", "pids.max")),
  };
}

interface IoLine {
  device: { major: number; minor: number };
  counters: Map<string, number>;
}

/** `8:0 rbytes=90112 wbytes=0 rios=10 wios=0 dbytes=0 dios=0`. */
function ioLines(text: string): IoLine[] {
  return text.split("\n").flatMap((line) => {
    const [first = "", ...words] = line.split(" ");
    const device = deviceOf(first);
    if (device === undefined) return [];
    const pairs = words.map((word) => word.split("=", 2));
    return [{ device, counters: new Map(pairs.map(([name = "", value = ""]) => [name, Number(value)])) }];
  });
}

function readAndWrite({ device, counters }: IoLine, read: string, write: string): BlockEntry[] {
  return [
    { ...device, op: "read", value: counters.get(read) ?? 0 },
    { ...device, op: "write", value: counters.get(write) ?? 0 },
  ];
}
