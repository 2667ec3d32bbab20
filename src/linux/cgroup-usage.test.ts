import { expect, test } from "bun:test";
import { usageV1 } from "./cgroup-usage-v1.ts";
import { usageV2 } from "./cgroup-usage-v2.ts";
import { parseInterfaceCounters } from "./interface-counters.ts";
import { parseProcessorTime } from "./processor-time.ts";

/** As a kernel 6.18 wrote them for one group. */
const v1: Record<string, string> = {
  "cpuacct.stat": "user 15\nsystem 8\n",
  "cpuacct.usage": "31246302\n",
  "cpuacct.usage_percpu": "26086051 5160251 \n",
  "cpu.stat": "nr_periods 12\nnr_throttled 3\nthrottled_time 4500\nnr_bursts 0\nburst_time 0\n",
  "memory.stat": "cache 5242880\nrss 49152\ntotal_inactive_file 5242880\n",
  "memory.usage_in_bytes": "5722112\n",
  "memory.max_usage_in_bytes": "7454720\n",
  "memory.limit_in_bytes": "67108864\n",
  "memory.failcnt": "7\n",
  "blkio.throttle.io_service_bytes_recursive":
    "254:0 Read 4096\n254:0 Write 5242880\n254:0 Sync 5246976\n254:0 Async 0\n254:0 Discard 0\n254:0 Total 5246976\nTotal 5246976\n",
  "blkio.throttle.io_serviced": "254:0 Read 1\n254:0 Write 5\nTotal 6\n",
  "pids.current": "2\n",
  "pids.max": "50\n",
};

test("cgroup v1: every controller's files", () => {
  const usage = usageV1((_, file) => v1[file] ?? "");
  expect(usage.cpu).toEqual({
    totalNanos: 31246302,
    userNanos: 150_000_000,
    kernelNanos: 80_000_000,
    perCpuNanos: [26086051, 5160251],
    periods: 12,
    throttledPeriods: 3,
    throttledNanos: 4500,
  });
  expect(usage.memory).toEqual({
    bytes: 5722112,
    mostBytes: 7454720,
    limitBytes: 67108864,
    failures: 7,
    stat: { cache: 5242880, rss: 49152, total_inactive_file: 5242880 },
  });
  expect(usage.blockBytes.map(({ op, value }) => [op, value])).toEqual([
    ["Read", 4096],
    ["Write", 5242880],
    ["Sync", 5246976],
    ["Async", 0],
    ["Discard", 0],
    ["Total", 5246976],
  ]);
  expect(usage.blockOperations).toEqual([
    { major: 254, minor: 0, op: "Read", value: 1 },
    { major: 254, minor: 0, op: "Write", value: 5 },
  ]);
  expect([usage.processes, usage.processLimit]).toEqual([2, 50]);
});

const v2: Record<string, string> = {
  "cpu.stat":
    "usage_usec 41235\nuser_usec 20618\nsystem_usec 20617\nnice_usec 0\ncore_sched.force_idle_usec 0\nnr_periods 4\nnr_throttled 2\nthrottled_usec 900\nnr_bursts 0\nburst_usec 0\n",
  "memory.current": "1589248\n",
  "memory.max": "max\n",
  "memory.events": "low 0\nhigh 0\nmax 12\noom 3\noom_kill 1\noom_group_kill 0\n",
  "memory.stat": "anon 49152\nfile 1216512\nkernel 315392\ninactive_file 1216512\n",
  "io.stat": "8:0 rbytes=1216512 wbytes=4096 rios=34 wios=1 dbytes=0 dios=0\n253:1 \n",
  "pids.current": "1\n",
  "pids.max": "max\n",
};

test("cgroup v2: one directory, microseconds, `max` for no limit", () => {
  const usage = usageV2((_, file) => v2[file] ?? "");
  expect(usage.cpu).toEqual({
    totalNanos: 41_235_000,
    userNanos: 20_618_000,
    kernelNanos: 20_617_000,
    periods: 4,
    throttledPeriods: 2,
    throttledNanos: 900_000,
  });
  expect(usage.memory.limitBytes).toBe(Infinity);
  expect(usage.memory.failures).toBe(3);
  expect(usage.memory.stat["inactive_file"]).toBe(1216512);
  expect(usage.blockBytes.slice(0, 2)).toEqual([
    { major: 8, minor: 0, op: "read", value: 1216512 },
    { major: 8, minor: 0, op: "write", value: 4096 },
  ]);
  expect(usage.processLimit).toBe(Infinity);
});

test("a group that has just gone reads as nothing used", () => {
  for (const usage of [usageV1(() => ""), usageV2(() => "")]) {
    expect(usage.cpu.totalNanos).toBe(0);
    expect(usage.memory.bytes).toBe(0);
    expect(usage.blockBytes).toEqual([]);
    expect(usage.processes).toBe(0);
  }
});

test("interfaces: without the loop and what modules bring along", () => {
  const text = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:     100       1    0    0    0     0          0         0      100       1    0    0    0     0       0          0
 tunl0:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0
  eth0:     876      10    1    2    0     0          0         0      126       3    4    5    0     0       0          0
`;
  expect([...parseInterfaceCounters(text)]).toEqual([
    [
      "eth0",
      {
        rxBytes: 876,
        rxPackets: 10,
        rxErrors: 1,
        rxDropped: 2,
        txBytes: 126,
        txPackets: 3,
        txErrors: 4,
        txDropped: 5,
      },
    ],
  ]);
});

test("processor time: seven fields of the first line", () => {
  const text = "cpu  18719 1 12825 134429 1616 2 277 18 5 6\ncpu0 1 2 3\ncpu1 1 2 3\nintr 5\n";
  expect(parseProcessorTime(text)).toEqual({ totalNanos: 167869 * 1e7, processors: 2 });
});
