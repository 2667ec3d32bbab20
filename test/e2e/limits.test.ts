import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "bun:test";
import { Cgroup, cgroupLayout } from "../../src/linux/cgroup.ts";
import { cgroupUsage } from "../../src/linux/cgroup-usage.ts";
import { eventually } from "../support/command.ts";
import { busyboxImage as image, scenarios } from "../support/drivers.ts";
import { updated } from "../support/update.ts";

const v1 = cgroupLayout().version === 1;
const mib = 1 << 20;

scenarios("limits", (scene) => {
  const { driver } = scene;
  const output = (...args: string[]) => driver.ok("run", "--rm", ...args);
  const shell = (flags: string[], script: string) => output(...flags, image, "sh", "-c", script);
  const read = (name: string, controller: string, ofV1: string, ofV2: string) =>
    driver.ok("exec", name, "cat", file(controller, ofV1, ofV2));
  const show = (name: string, ...fields: string[]) =>
    driver.ok("inspect", "-f", fields.map((field) => `{{.HostConfig.${field}}}`).join(" "), name);
  const asleep = async (name: string, ...flags: string[]) => {
    await driver.ok("run", "-d", "--name", driver.own(name), ...flags, image, "sleep", "1000");
    return driver.own(name);
  };
  const spin = "i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done";

  test("every limit is shown by inspect and set in the kernel; the reservation by its value, as it counts when all memory is taken", async () => {
    const flags =
      "-m 64m --memory-swap 96m --memory-reservation 32m --cpu-shares 512 --cpu-period 50000 --cpu-quota 25000 " +
      "--cpuset-cpus 0 --cpuset-mems 0 --pids-limit 20";
    const name = await asleep("all", ...flags.split(" "));
    expect(
      await show(name, "Memory", "MemorySwap", "MemoryReservation", "CpuShares", "CpuPeriod", "CpuQuota"),
    ).toBe(`${64 * mib} ${96 * mib} ${32 * mib} 512 50000 25000`);
    expect(await show(name, "CpusetCpus", "CpusetMems", "PidsLimit")).toBe("0 0 20");
    expect(await read(name, "memory", "memory.limit_in_bytes", "memory.max")).toBe(String(64 * mib));
    expect(await read(name, "memory", "memory.memsw.limit_in_bytes", "memory.swap.max")).toBe(
      String((v1 ? 96 : 32) * mib),
    );
    expect(await read(name, "memory", "memory.soft_limit_in_bytes", "memory.low")).toBe(String(32 * mib));
    expect(await read(name, "pids", "pids.max", "pids.max")).toBe("20");
    expect(await read(name, "cpuset", "cpuset.cpus", "cpuset.cpus")).toBe("0");
    expect(await read(name, "cpu", "cpu.cfs_quota_us", "cpu.max")).toBe(v1 ? "25000" : "25000 50000");
    await driver.ok("rm", "-f", name);
  });

  test("--cpus throttles", async () => {
    const stat = await shell(["--cpus", "0.1"], `${spin}; cat ${file("cpu", "cpu.stat", "cpu.stat")}`);
    expect(Number(/^nr_throttled (\d+)$/m.exec(stat)?.[1])).toBeGreaterThan(0);
  });

  test("--cpu-shares divides a processor", async () => {
    const names = ["2048", "64"].map((shares) => driver.own(`shares-${shares}`));
    const busy = ["--cpuset-cpus", "0", image, "sh", "-c", "while :; do :; done"];
    await driver.ok("run", "-d", "--name", names[0] ?? "", "--cpu-shares", "2048", ...busy);
    await driver.ok("run", "-d", "--name", names[1] ?? "", "--cpu-shares", "64", ...busy);
    // From outside: an exec would wait for its share.
    const pids = await Promise.all(names.map((name) => driver.ok("inspect", "-f", "{{.State.Pid}}", name)));
    const start = pids.map(processorNanos);
    await eventually("the favoured one has had a good part of a processor", async () => {
      const [much = 0, little = 0] = pids.map((pid, index) => processorNanos(pid) - (start[index] ?? 0));
      return much > 2e8 && much > 4 * little;
    });
    await driver.ok("rm", "-f", ...names);
  });

  test("--cpuset-cpus holds processes to a processor", async () => {
    expect(await shell(["--cpuset-cpus", "0"], "nproc; grep Cpus_allowed_list /proc/self/status")).toBe(
      "1\nCpus_allowed_list:\t0",
    );
    expect((await driver.fails("run", "--rm", "--cpuset-cpus", "4095", image)).text).toContain(
      "Requested CPUs are not available - requested 4095",
    );
  });

  test("--memory-swap -1 and swappiness, --oom-kill-disable with its warning", async () => {
    if (!v1) return;
    const memory = "cd /sys/fs/cgroup/memory; cat memory.swappiness memory.memsw.limit_in_bytes";
    expect(await shell("-m 64m --memory-swap -1 --memory-swappiness 7".split(" "), memory)).toMatch(
      /^7\n9223372036854771712$/,
    );
    const run = await driver.run(
      ["run", "--rm", "--oom-kill-disable", image, "cat", "/sys/fs/cgroup/memory/memory.oom_control"],
      {},
    );
    expect(run.stdout).toContain("oom_kill_disable 1");
    expect(run.stderr).toContain("OOM killer is disabled for the container, but no memory limit is set");
  });

  test("swappiness, changed live: by its value, as the kernel acts on it only where there is swap", async () => {
    const { engine } = scene;
    if (!v1 || engine === undefined) return;
    const name = await asleep("swappy", "-m", "32m", "--memory-swappiness", "7");
    expect(await updated(engine.socket, name, { MemorySwappiness: 9 })).toEqual({ Warnings: null });
    expect(await read(name, "memory", "memory.swappiness", "")).toBe("9");
    await driver.ok("rm", "-f", name);
  });

  test("--ulimit is the kernel's", async () => {
    const many = "for n in 1 2 3 4 5 6 7 8 9; do sleep 1 & done; wait";
    expect(await shell(["--ulimit", "nofile=100:200"], "ulimit -n; ulimit -Hn")).toBe("100\n200");
    // What runtimes need themselves must not fail for them.
    expect(await shell(["--ulimit", "nofile=12", "--ulimit", "fsize=0"], "ulimit -n; ulimit -Hf")).toBe(
      "12\n0",
    );
    const name = await asleep("few-files", "--ulimit", "nofile=20:21");
    expect(await driver.ok("exec", name, "sh", "-c", "ulimit -n; ulimit -Hn")).toBe("20\n21");
    await driver.ok("rm", "-f", name);
    const full = await driver.fails(
      "run",
      "--rm",
      "--ulimit",
      "fsize=100000",
      image,
      "sh",
      "-c",
      "dd if=/dev/zero of=/x bs=200k count=1",
    );
    expect(full.text).toContain("File too large");
    const forks = await driver.run(
      `run --rm --user 61234 --ulimit nproc=4 ${image} sh -c`.split(" ").concat(many),
    );
    expect(forks.stderr).toMatch(/can't fork|resource temporarily unavailable/i);
    expect((await driver.fails("run", "--rm", "--ulimit", "nofile=10:5", image)).text).toContain(
      "ulimit soft limit must be less than or equal to hard limit",
    );
  });

  test("--cgroup-parent is made with what is above it, shared, and gone with the last container in it", async () => {
    if (scene.engine === undefined) return;
    const top = `/${driver.own("parent")}`;
    const parent = `${top}/below`;
    const names = [
      await asleep("in-it", "--cgroup-parent", parent),
      await asleep("too", "--cgroup-parent", parent),
    ];
    expect(new Cgroup(parent).processIds()).toHaveLength(2);
    await driver.ok("rm", "-f", names[0] ?? "");
    expect(new Cgroup(parent).processIds()).toHaveLength(1);
    await scene.engine.end();
    await scene.engine.start();
    await driver.ok("rm", "-f", names[1] ?? "");
    await eventually("nothing is left of it", async () => !new Cgroup(top).exists());
  });

  test("a --cgroup-parent that somebody made stays, and limits the containers in it", async () => {
    if (scene.engine === undefined || !v1) return;
    const parent = new Cgroup(`/${driver.own("own")}`);
    for (const directory of parent.directories()) mkdirSync(directory);
    try {
      writeFileSync(join(parent.directory("pids") ?? "", "pids.max"), "4");
      const many = "for n in 1 2 3 4 5 6; do sleep 1 & done; wait";
      const forks = await driver.run([
        "run",
        "--rm",
        "--cgroup-parent",
        parent.path,
        image,
        "sh",
        "-c",
        many,
      ]);
      expect(forks.stderr).toMatch(/can't fork|Resource temporarily unavailable/);
      expect(parent.exists()).toBe(true);
    } finally {
      await eventually("it is empty again", async () => {
        parent.removeIfEmpty();
        return !parent.exists();
      });
    }
  });

  test("update changes a running container, at once", async () => {
    const name = await asleep("live", "--pids-limit", "10");
    expect(await driver.ok("update", "--cpuset-cpus", "0", "--cpus", "0.5", "--pids-limit", "9", name)).toBe(
      name,
    );
    expect(await driver.ok("exec", name, "grep", "Cpus_allowed_list", "/proc/1/status")).toMatch(/\t0$/);
    expect(await read(name, "cpu", "cpu.cfs_quota_us", "cpu.max")).toBe(v1 ? "50000" : "50000 100000");
    expect(
      (await driver.fails("exec", name, "sh", "-c", "for n in 1 2 3 4 5 6 7 8 9; do sleep 5 & done")).text,
    ).toMatch(/can't fork|Resource temporarily unavailable/);
    await driver.ok("update", "--pids-limit", "-1", name);
    expect(await read(name, "pids", "pids.max", "pids.max")).toBe("max");
    await driver.ok("update", "-m", "16m", "--memory-swap", "16m", "--cpu-shares", "300", name);
    expect(await read(name, "memory", "memory.limit_in_bytes", "memory.max")).toBe(String(16 * mib));
    expect((await driver.run(["exec", name, "tail", "/dev/zero"])).code).toBe(137);
    await driver.ok("update", "--restart", "on-failure:3", name);
    expect(
      await show(name, "CpuShares", "Memory", "RestartPolicy.Name", "CpusetCpus", "NanoCpus", "PidsLimit"),
    ).toBe(`300 ${16 * mib} on-failure 0 500000000 0`);
    await driver.ok("rm", "-f", name);
  });

  test("update refuses what contradicts, and changes nothing then", async () => {
    const name = await asleep("refused", "--cpus", "0.5", "-m", "32m");
    const refusal = async (...flags: string[]) => (await driver.fails("update", ...flags, name)).text;
    expect(await refusal("--cpu-period", "50000")).toContain(
      "Conflicting options: CPU Period cannot be updated as NanoCPUs has already been set",
    );
    expect(await refusal("-m", "512m", "--cpu-shares", "99")).toContain(
      "Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time",
    );
    expect(await refusal("-m", "1m")).toContain("Minimum memory limit allowed is 6MB");
    expect(await refusal("--cpuset-cpus", "4095")).toContain("Requested CPUs are not available");
    expect(await refusal("--restart", "sometimes")).toContain("invalid restart policy");
    if (v1) {
      const text = await refusal("--memory-swap", "16m", "--cpu-shares", "99");
      expect(text).toMatch(/Cannot update container \w+: .*memory.memsw.limit_in_bytes: invalid argument/);
    }
    expect(await show(name, "CpuShares", "Memory", "MemorySwap")).toBe(`0 ${32 * mib} ${64 * mib}`);
    expect(await read(name, "cpu", "cpu.shares", "cpu.weight")).toBe(v1 ? "1024" : "100");
    await driver.ok("rm", "-f", name);
  });

  test("update of a stopped container counts from its next start", async () => {
    const name = driver.own("stopped");
    await driver.ok("create", "--name", name, image, "cat", file("pids", "pids.max", "pids.max"));
    await driver.ok("update", "--pids-limit", "33", name);
    expect(await driver.ok("start", "-a", name)).toBe("33");
    await driver.ok("rm", name);
  });

  test("a limit of kernel memory is refused with its reason: no kernel has had it since 5.16", async () => {
    const { engine } = scene;
    if (engine === undefined) return;
    const url = "http://engine/v1.41/containers/create";
    const answer = await fetch(url, {
      unix: engine.socket,
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ Image: image, HostConfig: { KernelMemory: 16 * mib } }),
    });
    const { Id, Warnings } = (await answer.json()) as { Id: string; Warnings: string[] };
    expect(Warnings).toEqual([
      "Your kernel does not support kernel memory limit capabilities or the cgroup is not mounted. Limitation discarded.",
    ]);
    await driver.ok("rm", Id);
  });
});

/** A file of a container's group, as the container sees it. */
function file(controller: string, ofV1: string, ofV2: string): string {
  return v1 ? `/sys/fs/cgroup/${controller}/${ofV1}` : `/sys/fs/cgroup/${ofV2}`;
}

/** Processor time of a process's group so far. */
function processorNanos(pid: string): number {
  const [, path = ""] =
    /^(?:\d+:[^:]*\bcpuacct|0:):(.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, "utf8")) ?? [];
  return cgroupUsage(new Cgroup(path)).cpu.totalNanos;
}
