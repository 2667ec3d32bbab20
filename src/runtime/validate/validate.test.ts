import { expect, test } from "bun:test";
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
  [{ CpusetCpus: "x" }, "Invalid value x for cpuset cpus: invalid format: x"],
])("%j", (hostConfig, message) => {
  expect(() => checkLimits(hostConfig)).toThrow(message);
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

test("warnings", () => {
  expect(checkLimits({ OomKillDisable: true })).toHaveLength(1);
  expect(checkLimits({})).toEqual([]);
});
