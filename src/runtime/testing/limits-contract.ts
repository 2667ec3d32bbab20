import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Cgroup, cgroupLayout } from "../../linux/cgroup.ts";
import type { HostConfig } from "../../spec/api/container.ts";
import type { RuntimeFixture } from "./fixture.ts";

/** Limits that the kernel must enforce. */
export function limitsContract(fixture: () => RuntimeFixture): void {
  async function running(
    hostConfig: HostConfig,
  ): Promise<{ id: string; read: (controller: string, v1: string, v2: string) => string }> {
    const { id } = await fixture().prepare({ args: ["sleep", "1000"], hostConfig });
    await fixture().service.start(id);
    const cgroup = new Cgroup(`/gantry-test/${id}`);
    const read = (controller: string, v1: string, v2: string) =>
      readFileSync(
        join(cgroup.directory(controller) ?? "", cgroupLayout().version === 1 ? v1 : v2),
        "utf8",
      ).trim();
    return { id, read };
  }

  async function score(OomScoreAdj: number): Promise<string> {
    return (await fixture().shell("cat /proc/self/oom_score_adj", { hostConfig: { OomScoreAdj } })).stdout;
  }

  describe("limits", () => {
    test("a container that takes too much memory is killed, and said to be", async () => {
      // tail keeps a line without an end in memory.
      const exit = await fixture().shell("tail /dev/zero; exit 9", {
        hostConfig: { Memory: 16 << 20, MemorySwap: 16 << 20 },
      });
      expect(exit).toMatchObject({ oomKilled: true, exitCode: 9 });
    });

    test("memory, cpu and process limits are in the cgroup", async () => {
      const { id, read } = await running({
        Memory: 64 << 20,
        MemoryReservation: 32 << 20,
        NanoCpus: 500_000_000,
        CpuShares: 512,
        CpusetCpus: "0",
        PidsLimit: 20,
      });
      expect(read("memory", "memory.limit_in_bytes", "memory.max")).toBe(String(64 << 20));
      expect(read("memory", "memory.soft_limit_in_bytes", "memory.low")).toBe(String(32 << 20));
      expect(read("pids", "pids.max", "pids.max")).toBe("20");
      expect(read("cpuset", "cpuset.cpus", "cpuset.cpus")).toBe("0");
      if (cgroupLayout().version === 1) {
        expect(read("cpu", "cpu.shares", "")).toBe("512");
        expect(read("cpu", "cpu.cfs_quota_us", "")).toBe("50000");
        expect(read("memory", "memory.memsw.limit_in_bytes", "")).toBe(String(128 << 20));
      }
      await fixture().service.update(id, { Memory: 96 << 20, MemorySwap: -1, PidsLimit: 30 });
      expect(read("memory", "memory.limit_in_bytes", "memory.max")).toBe(String(96 << 20));
      expect(read("pids", "pids.max", "pids.max")).toBe("30");
      await fixture().service.update(id, { PidsLimit: 0, CpuQuota: -1, CpuShares: 300 });
      if (cgroupLayout().version === 1) {
        expect(read("cpu", "cpu.cfs_quota_us", "")).toBe("-1");
        expect(read("cpu", "cpu.shares", "")).toBe("300");
      }
      expect(read("pids", "pids.max", "pids.max")).toBe("max");
      const impossible = { PidsLimit: 40, CpuShares: 400, CpusetCpus: "4095" };
      const refusal = await fixture()
        .service.update(id, impossible)
        .catch((error: Error) => error.message);
      expect(refusal).toMatch(/^failed to write "4095": write .*cpuset.cpus: /);
      expect(read("pids", "pids.max", "pids.max")).toBe("max");
      await fixture().service.delete(id);
    });

    test("the kernel refuses more processes than allowed", async () => {
      const { stderr } = await fixture().shell("for i in $(seq 40); do sleep 1 & done", {
        hostConfig: { PidsLimit: 20 },
      });
      expect(stderr).toMatch(/can't fork|Resource temporarily unavailable/);
    });

    test("ulimits, clamped to what may be set", async () => {
      const ulimits = async (Ulimits: HostConfig["Ulimits"]) =>
        fixture().shell("ulimit -n; ulimit -Hn", { hostConfig: { Ulimits } });
      expect((await ulimits([{ Name: "nofile", Soft: 100, Hard: 200 }])).stdout).toBe("100\n200\n");
      const core = await fixture().shell("ulimit -Sc; ulimit -Hc", {
        hostConfig: { Ulimits: [{ Name: "core", Soft: 0, Hard: -1 }] },
      });
      expect(core.stdout).toBe("0\nunlimited\n");
      const launch = fixture().launch({
        hostConfig: { Ulimits: [{ Name: "nofile", Soft: 1e9, Hard: 1e9 }] },
        args: ["sh", "-c", "ulimit -n"],
      });
      const { warnings } = await fixture().service.create(launch);
      const own = /Max open files\s+\d+\s+(\d+)/.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
      expect(warnings).toEqual([
        `ulimit nofile=1000000000:1000000000 is above what this engine may set; using ${own}:${own}.`,
      ]);
      await fixture().service.delete(launch.id);
    });

    test("the out-of-memory score", async () => {
      expect(await score(500)).toBe("500\n");
      expect(await score(0)).toBe("0\n");
    });
  });
}
