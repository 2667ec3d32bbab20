import { expect, test } from "bun:test";
import type { CgroupSupport } from "../../linux/cgroup-support.ts";
import type { HostConfig } from "../../spec/api/container.ts";
import { checkCpuset } from "./cpuset.ts";
import { checkLimits } from "./check-limits.ts";

/** Said by dockerd 28.5 to the same options. */
test.each<[HostConfig, string]>([
  [{ Memory: 1 << 20 }, "Minimum memory limit allowed is 6MB"],
  [
    { Memory: 64 << 20, MemorySwap: 32 << 20 },
    "Minimum memoryswap limit should be larger than memory limit, see usage",
  ],
  [{ MemorySwap: 32 << 20 }, "You should always set the Memory limit when using Memoryswap limit, see usage"],
  [
    { Memory: 32 << 20, MemoryReservation: 64 << 20 },
    "Minimum memory limit can not be less than memory reservation limit, see usage",
  ],
  [{ OomScoreAdj: 2000 }, "Invalid value 2000, range for oom score adj is [-1000, 1000]"],
  [{ NanoCpus: 1e9, CpuQuota: 1000 }, "Conflicting options: Nano CPUs and CPU Quota cannot both be set"],
  [{ CpuPeriod: 10 }, "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)"],
  [{ CpuQuota: 10 }, "CPU cfs quota can not be less than 1ms (i.e. 1000)"],
  [{ CpuShares: -1 }, "invalid CPU shares (-1): value must be a positive integer"],
  [
    { CpuRealtimePeriod: 1000, CpuRealtimeRuntime: 2000 },
    "cpu real-time runtime cannot be higher than cpu real-time period",
  ],
  [{ BlkioWeight: 5 }, "Range of blkio weight is from 10 to 1000"],
  [{ IOMaximumIOps: 5 }, "linux does not support Maximum IO Bandwidth or Maximum IO IOps"],
  [{ CpusetCpus: "x" }, "Invalid value x for cpuset cpus: invalid format: x"],
])("%j", (hostConfig, message) => {
  expect(() => checkLimits(hostConfig, { support: capable })).toThrow(message);
});

test("more processors than there are", () => {
  expect(() => checkLimits({ NanoCpus: 1e15 })).toThrow(
    /^range of CPUs is from 0.01 to \d+.00, as there are only \d+ CPUs available$/,
  );
});

test("cpusets", () => {
  expect(() => checkCpuset("cpus", "7", "0-1")).toThrow(
    "Requested CPUs are not available - requested 7, available: 0-1",
  );
  expect(() => checkCpuset("mems", "3", "0")).toThrow(
    "Requested memory nodes are not available - requested 3, available: 0",
  );
  expect(() => checkCpuset("cpus", "0-1,0", "0-1")).not.toThrow();
  expect(() => checkCpuset("cpus", "1-0", "0-1")).toThrow("Invalid value 1-0 for cpuset cpus");
});

const capable: CgroupSupport = {
  version: 1,
  memoryLimit: true,
  swapLimit: true,
  memoryReservation: true,
  swappiness: true,
  oomKillDisable: true,
  kernelMemoryTcp: true,
  cpuQuota: true,
  cpuShares: true,
  cpuRealtime: true,
  cpuset: true,
  pids: true,
  blockWeight: true,
  blockThrottle: true,
};
/** A v2 machine without swap accounting and without a weighing I/O scheduler. */
const unified: CgroupSupport = {
  ...capable,
  version: 2,
  swapLimit: false,
  swappiness: false,
  oomKillDisable: false,
  cpuRealtime: false,
  blockWeight: false,
};

test("nothing to say about what can be set", () => {
  const asked = { Memory: 64 << 20, MemorySwappiness: 10, BlkioWeight: 100, PidsLimit: 5 };
  expect(checkLimits(asked, { support: capable })).toEqual({ hostConfig: asked, warnings: [] });
  expect(checkLimits({ OomKillDisable: true }, { support: capable }).warnings).toHaveLength(1);
});

test("what the kernel lacks is discarded and said", () => {
  const asked = {
    Memory: 64 << 20,
    MemorySwappiness: 10,
    OomKillDisable: true,
    BlkioWeight: 5,
    BlkioWeightDevice: [{ Path: "/dev/vda", Weight: 100 }],
    KernelMemory: 16 << 20,
  };
  expect(checkLimits(asked, { support: unified })).toEqual({
    hostConfig: { Memory: 64 << 20, MemorySwap: -1, BlkioWeightDevice: [] },
    warnings: [
      "Your kernel does not support swap limit capabilities or the cgroup is not mounted. Memory limited without swap.",
      "Your kernel does not support memory swappiness capabilities or the cgroup is not mounted. Memory swappiness discarded.",
      "Your kernel does not support kernel memory limit capabilities or the cgroup is not mounted. Limitation discarded.",
      "Your kernel does not support OomKillDisable. OomKillDisable discarded.",
      "Your kernel does not support Block I/O weight or the cgroup is not mounted. Weight discarded.",
      "Your kernel does not support Block I/O weight_device or the cgroup is not mounted. Weight-device discarded.",
    ],
  });
  expect(() => checkLimits({ CpuRealtimePeriod: 1000 }, { support: unified })).toThrow(
    "Your kernel does not support cgroup cpu real-time period",
  );
  expect(() => checkLimits({ NanoCpus: 1e9 }, { support: { ...unified, cpuQuota: false } })).toThrow(
    "NanoCPUs can not be set",
  );
  expect(
    checkLimits({ PidsLimit: 5, CpuShares: 4 }, { support: { ...unified, pids: false, cpuShares: false } }),
  ).toMatchObject({
    hostConfig: {},
    warnings: [expect.stringMatching(/PIDs limit discarded/), expect.stringMatching(/Shares discarded/)],
  });
});

test("no limit: nothing for a new container, something to lift in an update", () => {
  expect(checkLimits({ PidsLimit: -1 }, { support: capable }).hostConfig).toEqual({ PidsLimit: null });
  expect(checkLimits({ PidsLimit: -1 }, { support: capable, update: true }).hostConfig).toEqual({
    PidsLimit: 0,
  });
  expect(checkLimits({ PidsLimit: 0 }, { support: capable }).hostConfig).toEqual({ PidsLimit: null });
  // What swap is together with is known only to the container.
  expect(() => checkLimits({ MemorySwap: 64 << 20 }, { support: capable, update: true })).not.toThrow();
});
