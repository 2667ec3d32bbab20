import { readFileSync, readlinkSync } from "node:fs";
import { expect, test } from "bun:test";
import { eventually } from "../support/command.ts";
import { busyboxImage as image, scenarios } from "../support/drivers.ts";

const namespaces = ["pid", "net", "ipc", "mnt", "uts", "cgroup", "user"] as const;
type Namespace = (typeof namespaces)[number];

scenarios("isolation", ({ driver }) => {
  const output = (...args: string[]) => driver.ok("run", "--rm", ...args);
  const inside = async (namespace: Namespace, ...flags: string[]) =>
    output(...flags, image, "readlink", `/proc/self/ns/${namespace}`);

  const effective = async (...flags: string[]) => {
    const status = await output(...flags, image, "grep", "CapEff", "/proc/self/status");
    return BigInt(`0x${status.split(/\s+/)[1]}`);
  };

  test("each namespace is the container's own, seen from inside and outside", async () => {
    const name = driver.own("spaces");
    await driver.ok("run", "-d", "--name", name, image, "sleep", "1000");
    const pid = await driver.ok("inspect", "-f", "{{.State.Pid}}", name);
    for (const namespace of ["pid", "net", "ipc", "mnt", "uts"] as const) {
      const seen = await driver.ok("exec", name, "readlink", `/proc/1/ns/${namespace}`);
      expect(seen).not.toBe(host(namespace));
      expect(readlinkSync(`/proc/${pid}/ns/${namespace}`)).toBe(seen);
    }
    expect(await driver.ok("exec", name, "ps", "-o", "pid,args")).toMatch(/^ *1 sleep 1000$/m);
    await driver.ok("rm", "-f", name);
  });

  test("--pid, --ipc, --uts, --network, --cgroupns host share the host's", async () => {
    if (driver.engine === "dockerd") return;
    expect(await inside("pid", "--pid", "host")).toBe(host("pid"));
    expect(await inside("ipc", "--ipc", "host")).toBe(host("ipc"));
    expect(await inside("uts", "--uts", "host")).toBe(host("uts"));
    expect(await inside("net", "--network", "host")).toBe(host("net"));
    expect(await inside("cgroup", "--cgroupns", "host")).toBe(host("cgroup"));
    expect(await inside("cgroup", "--cgroupns", "private")).not.toBe(host("cgroup"));
    expect(await inside("user", "--userns", "host")).toBe(host("user"));
  });

  test("--pid and --ipc container:NAME share another's", async () => {
    const name = driver.own("sharer");
    await driver.ok("run", "-d", "--name", name, "--ipc", "shareable", image, "sleep", "4321");
    expect(await output("--pid", `container:${name}`, image, "ps", "-o", "args")).toContain("sleep 4321");
    expect(await inside("ipc", "--ipc", `container:${name}`)).toBe(
      await driver.ok("exec", name, "readlink", "/proc/1/ns/ipc"),
    );
    await driver.ok("rm", "-f", name);
  });

  test("capabilities: Docker's default set, --cap-add, --cap-drop, --privileged", async () => {
    expect(await effective()).toBe(0xa80425fbn);
    expect(await effective("--cap-add", "NET_ADMIN")).toBe(0xa80425fbn | (1n << 12n));
    expect(await effective("--cap-drop", "ALL")).toBe(0n);
    expect(await effective("--cap-drop", "ALL", "--cap-add", "chown")).toBe(1n);
    expect(await effective("--privileged")).toBeGreaterThan(0xa80425fbn);
    expect((await driver.fails("run", "--rm", "--cap-add", "NOSUCH", image)).text).toContain(
      'invalid CapAdd: unknown capability: "CAP_NOSUCH"',
    );
  });

  test("no new privileges, seccomp, masked paths", async () => {
    expect(
      await output("--security-opt", "no-new-privileges", image, "grep", "NoNewPrivs", "/proc/self/status"),
    ).toMatch(/1$/);
    expect(await output(image, "grep", "Seccomp:", "/proc/self/status")).toMatch(/2$/);
    expect(
      await output("--security-opt", "seccomp=unconfined", image, "grep", "Seccomp:", "/proc/self/status"),
    ).toMatch(/0$/);
    expect(
      await output(
        image,
        "sh",
        "-c",
        "cat /proc/kcore | wc -c; ls /proc/acpi 2>/dev/null | wc -l; cat /proc/timer_list | wc -c",
      ),
    ).toBe("0\n0\n0");
    expect(
      (await driver.fails("run", "--rm", image, "sh", "-c", "echo 1 > /proc/sys/kernel/panic")).text,
    ).toContain("Read-only file system");
    expect((await driver.fails("run", "--rm", image, "mount", "-t", "tmpfs", "x", "/tmp")).text).toMatch(
      /permission denied|Operation not permitted/i,
    );
    expect((await driver.fails("run", "--rm", "--security-opt", "nosuch=1", image)).text).toContain("nosuch");
  });

  test("devices: the usual ones, none of the host's; --device gives one, with its rights", async () => {
    const usual = "fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero".split(" ");
    const found = (await output(image, "ls", "/dev")).split("\n");
    // runc links core to /proc/kcore where the kernel has it.
    expect(found.filter((name) => name !== "core").sort()).toEqual(usual);
    expect(
      (await driver.fails("run", "--rm", image, "sh", "-c", "mknod /tmp/mem c 1 1 && head -c 1 /tmp/mem"))
        .text,
    ).toContain("Operation not permitted");
    expect(
      await output("--device", "/dev/zero:/dev/nothing", image, "sh", "-c", "head -c 3 /dev/nothing | wc -c"),
    ).toBe("3");
    expect(
      (
        await driver.fails(
          "run",
          "--rm",
          "--device",
          "/dev/kmsg:/dev/ro:r",
          image,
          "sh",
          "-c",
          "head -c 0 /dev/ro && echo > /dev/ro",
        )
      ).text,
    ).toMatch(/permission denied|not permitted/i);
    expect((await driver.fails("run", "--rm", "--device", "/dev/no-such-device", image)).text).toContain(
      "/dev/no-such-device",
    );
  });

  test("--memory: a process over its limit is killed, OOMKilled says so", async () => {
    const name = driver.own("memory");
    const { code } = await driver.fails(
      "run",
      "--name",
      name,
      "--memory",
      "16m",
      "--memory-swap",
      "16m",
      image,
      "sh",
      "-c",
      "x=$(head -c 60000000 /dev/zero | tr '\\0' x); echo survived",
    );
    expect(code).toBe(137);
    expect(await driver.ok("inspect", "-f", "{{.State.OOMKilled}} {{.State.ExitCode}}", name)).toBe(
      "true 137",
    );
    await driver.ok("rm", name);
    expect((await driver.fails("run", "--rm", "--memory", "1m", image)).text).toContain(
      "Minimum memory limit allowed is 6MB",
    );
  });

  test("--pids-limit holds back forks", async () => {
    const script = "i=0; while [ $i -lt 30 ]; do sleep 5 & i=$((i+1)); done; echo all";
    const result = await driver.run(["run", "--rm", "--pids-limit", "10", image, "sh", "-c", script]);
    expect(result.stdout + result.stderr).toMatch(/can't fork|Resource temporarily unavailable/);
  });

  test("--cpus and --cpu-shares arrive in the control group", async () => {
    const name = driver.own("cpu");
    await driver.ok("run", "-d", "--name", name, "--cpus", "0.5", "--memory", "64m", image, "sleep", "1000");
    const pid = await driver.ok("inspect", "-f", "{{.State.Pid}}", name);
    const group = readFileSync(`/proc/${pid}/cgroup`, "utf8");
    const [, version1] = /^\d+:[^\n]*\bcpu\b[^\n:]*:(.*)$/m.exec(group) ?? [];
    const [, version2] = /^0::(.*)$/m.exec(group) ?? [];
    if (version1 !== undefined && version1 !== "/") {
      expect(readFileSync(`/sys/fs/cgroup/cpu${version1}/cpu.cfs_quota_us`, "utf8")).toBe("50000\n");
    } else {
      expect(readFileSync(`/sys/fs/cgroup${version2}/cpu.max`, "utf8")).toBe("50000 100000\n");
    }
    await driver.ok("rm", "-f", name);
    expect((await driver.fails("run", "--rm", "--cpus", "9999", image)).text).toContain(
      "range of CPUs is from 0.01 to",
    );
  });

  test("the root file system is the container's alone: a change is lost with it, the image stays", async () => {
    const name = driver.own("changed");
    await driver.ok("run", "--name", name, image, "sh", "-c", "rm /etc/group; echo new > /etc/passwd");
    expect(await output(image, "wc", "-l", "/etc/passwd", "/etc/group")).toMatch(
      /2 \/etc\/passwd\n +3 \/etc\/group/,
    );
    await driver.ok("start", "-a", name);
    await driver.ok("rm", name);
  });

  test("a container's leftover processes end with its first one", async () => {
    const name = driver.own("orphans");
    await driver.ok(
      "run",
      "-d",
      "--name",
      name,
      image,
      "sh",
      "-c",
      "setsid sleep 98765 & setsid sleep 98764 & exec sleep 1000",
    );
    const pid = await driver.ok("inspect", "-f", "{{.State.Pid}}", name);
    const children = () =>
      driver
        .ok("top", name, "-eo", "pid,args")
        .then((table) => [...table.matchAll(/^\s*(\d+)\s+sleep 9876/gm)].map((match) => Number(match[1])));
    const pids = await eventually("both run", async () => {
      const found = await children();
      return found.length === 2 && found;
    });
    process.kill(Number(pid), "SIGKILL");
    await driver.ok("wait", name);
    for (const child of pids) expect(() => process.kill(child, 0)).toThrow();
    await driver.ok("rm", name);
  });
});

function host(namespace: Namespace): string {
  return readlinkSync(`/proc/self/ns/${namespace}`);
}
