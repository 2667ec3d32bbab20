import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { ResourcesSpec } from "../spec/oci-runtime.ts";
import { Cgroup, type CgroupLayout } from "./cgroup.ts";
import { applyLimits } from "./cgroup-limits.ts";
import { limitWritesV1 } from "./cgroup-limits-v1.ts";
import { limitWritesV2, weightOfShares } from "./cgroup-limits-v2.ts";
import { cgroupSupport } from "./cgroup-support.ts";

const mib = 1 << 20;
const device = { major: 8, minor: 16 };

const everything: ResourcesSpec = {
  memory: { limit: 64 * mib, swap: 96 * mib, reservation: 32 * mib, swappiness: 10 },
  cpu: { shares: 512, period: 50_000, quota: 25_000, cpus: "0-1", mems: "0" },
  pids: { limit: 20 },
  blockIO: {
    weight: 300,
    throttleReadBpsDevice: [{ ...device, rate: 1000 }],
    throttleWriteIOPSDevice: [{ ...device, rate: 7 }],
  },
  hugepageLimits: [{ pageSize: "2MB", limit: 4 * mib }],
};

type Plan = typeof limitWritesV1;

function written(plan: Plan, resources: ResourcesSpec, files: Record<string, string> = {}): string[] {
  return plan(resources, (_, file) => files[file]).map(({ file, value }) => `${file}=${value}`);
}

test("every limit on v1", () => {
  expect(
    written(limitWritesV1, everything, { "memory.memsw.limit_in_bytes": "9223372036854771712" }),
  ).toEqual([
    "memory.limit_in_bytes=67108864",
    "memory.memsw.limit_in_bytes=100663296",
    "memory.soft_limit_in_bytes=33554432",
    "memory.swappiness=10",
    "cpu.shares=512",
    "cpu.cfs_period_us=50000",
    "cpu.cfs_quota_us=25000",
    "cpuset.cpus=0-1",
    "cpuset.mems=0",
    "blkio.weight=300",
    "blkio.throttle.read_bps_device=8:16 1000",
    "blkio.throttle.write_iops_device=8:16 7",
    "pids.max=20",
    "hugetlb.2MB.limit_in_bytes=4194304",
  ]);
});

test("every limit on v2: swap is counted by itself, quota and period are one file, swappiness does not exist", () => {
  expect(written(limitWritesV2, everything, { "io.bfq.weight": "default 100" })).toEqual([
    "memory.swap.max=33554432",
    "memory.max=67108864",
    "memory.low=33554432",
    "cpu.weight=20",
    "cpu.max=25000 50000",
    "cpuset.cpus=0-1",
    "cpuset.mems=0",
    "io.bfq.weight=300",
    "io.max=8:16 rbps=1000",
    "io.max=8:16 wiops=7",
    "pids.max=20",
    "hugetlb.2MB.max=4194304",
  ]);
});

test("what is lifted", () => {
  const lifted: ResourcesSpec = { memory: { swap: -1 }, cpu: { quota: -1 }, pids: { limit: -1 } };
  expect(written(limitWritesV1, lifted)).toEqual([
    "memory.memsw.limit_in_bytes=-1",
    "cpu.cfs_quota_us=-1",
    "pids.max=max",
  ]);
  expect(written(limitWritesV2, lifted, { "cpu.max": "20000 50000" })).toEqual([
    "memory.swap.max=max",
    "cpu.max=max 50000",
    "pids.max=max",
  ]);
});

test.each([
  [64, 96, 128, "memory.memsw.limit_in_bytes=128"],
  [64, 16, 32, "memory.limit_in_bytes=16"],
  [64, 96, -1, "memory.memsw.limit_in_bytes=-1"],
])("on v1 memory never passes memory with swap on the way: %p to %p of %p", (now, limit, swap, first) => {
  const files = { "memory.memsw.limit_in_bytes": String(now) };
  expect(written(limitWritesV1, { memory: { limit, swap } }, files)[0]).toBe(first);
});

test("without BFQ, v2's weight of block I/O goes from 1 to 10000", () => {
  const weights = [10, 300, 1000].map((weight) => written(limitWritesV2, { blockIO: { weight } })[0]);
  expect(weights).toEqual(["io.weight=default 1", "io.weight=default 2930", "io.weight=default 10000"]);
});

test("shares and weights", () => {
  expect([1, 2, 1024, 262_144, 1e9].map(weightOfShares)).toEqual([1, 1, 39, 10_000, 10_000]);
});

describe("in a tree of files", () => {
  let root = "";
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "cgroup-"));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  function put(path: string, text: string): void {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const get = (path: string) => readFileSync(join(root, path), "utf8");
  const v1 = (...controllers: string[]): CgroupLayout => ({
    version: 1,
    controllers: new Map(controllers.map((name) => [name, join(root, name)])),
  });
  const v2 = (): CgroupLayout => ({ version: 2, unified: root, controllers: new Map() });

  test("a write that fails takes back those before it", () => {
    put("pids/c/pids.max", "7\n");
    put("cpu/c/cpu.shares", "1024\n");
    const group = new Cgroup("/c", v1("pids", "cpu"));
    expect(() => applyLimits(group, { cpu: { shares: 2, quota: 5 } })).toThrow(
      `failed to write "5": write ${root}/cpu/c/cpu.cfs_quota_us: no such file or directory`,
    );
    expect(get("cpu/c/cpu.shares")).toStartWith("1024");
    expect(() => applyLimits(group, { memory: { limit: 1 } })).toThrow("memory is not mounted");
  });

  test("v2 writes to the one tree", () => {
    for (const file of ["memory.max", "memory.swap.max", "cpu.max"]) put(`c/${file}`, "");
    applyLimits(new Cgroup("/c", v2()), { memory: { limit: 100, swap: 150 }, cpu: { quota: 1000 } });
    expect([get("c/memory.max"), get("c/memory.swap.max"), get("c/cpu.max")]).toEqual([
      "100",
      "50",
      "1000 100000",
    ]);
  });

  test("on v2 a device's throttle, and an empty cpuset, are put back too", () => {
    put("c/io.max", "8:0 rbps=5 wbps=max riops=max wiops=max\n");
    put("c/cpuset.cpus", "\n");
    const limits = {
      cpu: { cpus: "0" },
      blockIO: { throttleWriteBpsDevice: [{ major: 8, minor: 16, rate: 9 }] },
      pids: { limit: 1 },
    };
    expect(() => applyLimits(new Cgroup("/c", v2()), limits)).toThrow("pids.max");
    expect([get("c/io.max").split("\n")[0], get("c/cpuset.cpus")]).toEqual([
      expect.stringMatching(/^8:16 wbps=max/),
      "\n",
    ]);
  });

  test("without a group whose controllers are on, v2 is taken to have all files", () => {
    put("cgroup.controllers", "io memory\n");
    put("init/cgroup.procs", "");
    expect(cgroupSupport(v2())).toMatchObject({ swapLimit: true, blockWeight: true });
  });

  test("what v1 supports is told by the files there are", () => {
    put("memory/memory.limit_in_bytes", "");
    put("blkio/blkio.bfq.weight", "");
    expect(cgroupSupport(v1("memory", "blkio"))).toMatchObject({
      version: 1,
      memoryLimit: true,
      swapLimit: false,
      blockWeight: true,
      blockThrottle: false,
      pids: false,
    });
  });

  test("what v2 supports is told by the controllers, and by the files of groups below the root", () => {
    put("cgroup.controllers", "cpuset cpu io memory pids\n");
    for (const file of ["memory.max", "memory.swap.max", "io.max"]) put(`init.scope/${file}`, "max");
    put("without-controllers/cgroup.procs", "");
    expect(cgroupSupport(v2())).toMatchObject({
      version: 2,
      memoryLimit: true,
      swapLimit: true,
      swappiness: false,
      oomKillDisable: false,
      cpuset: true,
      blockWeight: false,
      blockThrottle: true,
    });
    put("init.scope/io.bfq.weight", "default 100");
    expect(cgroupSupport(v2()).blockWeight).toBe(true);
  });
});
