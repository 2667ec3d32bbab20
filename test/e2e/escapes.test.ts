import { expect, test } from "bun:test";
import { busyboxImage as image, scenarios } from "../support/drivers.ts";
import { canTrySystemCalls, perlFlags, type SystemCall, tryCommand } from "../support/try-system-calls.ts";

const newUserAndMount = 0x10020000;

/** What a container may not do, with the kernel's answer as dockerd's containers get it. */
const forbidden: [...SystemCall, errno: string][] = [
  ["mount", 165, "none", "/tmp", "tmpfs", 0, 0, "EPERM"],
  ["umount2", 166, "/proc", 0, "EPERM"],
  ["pivot_root", 155, "/", "/", "EPERM"],
  ["fsopen", 430, "tmpfs", 0, "EPERM"],
  ["open_tree", 428, -100, "/", 1, "EPERM"],
  ["mount_setattr", 442, -100, "/", 0, 0, 0, "EPERM"],
  ["unshare", 272, newUserAndMount, "EPERM"],
  ["setns", 308, 0, 0, "EPERM"],
  ["clone3", 435, 0, 0, "ENOSYS"],
  ["keyctl", 250, 0, -3, 0, "EPERM"],
  ["add_key", 248, "user", "name", "text", 4, -3, "EPERM"],
  ["request_key", 249, "user", "name", 0, 0, "EPERM"],
  ["bpf", 321, 0, 0, 0, "EPERM"],
  ["perf_event_open", 298, 0, 0, -1, -1, 0, "EPERM"],
  ["open_by_handle_at", 304, -100, 0, 0, "EPERM"],
  ["io_uring_setup", 425, 1, 0, "EPERM"],
  ["userfaultfd", 323, 0, "EPERM"],
  ["init_module", 175, 0, 0, "", "EPERM"],
  ["finit_module", 313, -1, "", 0, "EPERM"],
  ["delete_module", 176, "no-such-module", 0, "EPERM"],
  ["kexec_load", 246, 0, 0, 0, 0, "EPERM"],
  ["kexec_file_load", 320, -1, -1, 0, "", 0, "EPERM"],
  ["reboot", 169, 0, 0, 0, 0, "EPERM"],
  ["swapon", 167, "/no-such-file", 0, "EPERM"],
  ["settimeofday", 164, 0, 0, "EPERM"],
  ["iopl", 172, 3, "EPERM"],
  ["ioperm", 173, 0, 1, 1, "EPERM"],
  ["acct", 163, "/no-such-file", "EPERM"],
  ["quotactl", 179, 0, 0, 0, 0, "EPERM"],
  ["syslog", 103, 3, 0, 0, "EPERM"],
  ["personality", 135, 0x0200000, "EPERM"],
  ["AF_VSOCK socket", 41, 40, 1, 0, "EPERM"],
];

scenarios("escapes", ({ driver }) => {
  const shell = async (script: string, ...flags: string[]) => {
    const { stdout, stderr } = await driver.run(["run", "--rm", ...flags, image, "sh", "-c", script]);
    return (stdout + stderr).trim();
  };

  test.if(canTrySystemCalls)("system calls that lead out are refused", async () => {
    const calls = forbidden.map((entry) => entry.slice(0, -1) as unknown as SystemCall);
    const expected = forbidden.map((entry) => `${entry[0]} ${entry.at(-1)}`);
    const answers = await driver.ok("run", "--rm", ...perlFlags, image, ...tryCommand(calls));
    expect(answers.split("\n")).toEqual(expected);
  });

  test.if(canTrySystemCalls)("what Docker allows is allowed, and --privileged lifts the filter", async () => {
    const open: SystemCall[] = [
      ["AF_PACKET socket", 41, 17, 3, 0],
      ["AF_INET raw socket", 41, 2, 3, 1],
      ["chroot", 161, "/"],
      ["ptrace", 101, 0x4206, 999_999, 0, 0],
    ];
    expect(await driver.ok("run", "--rm", ...perlFlags, image, ...tryCommand(open))).toBe(
      "AF_PACKET socket allowed\nAF_INET raw socket allowed\nchroot allowed\nptrace ESRCH",
    );
    const raw = ["run", "--rm", "--cap-drop", "NET_RAW", ...perlFlags, image];
    expect(await driver.ok(...raw, ...tryCommand(open.slice(0, 2)))).toBe(
      "AF_PACKET socket EPERM\nAF_INET raw socket EPERM",
    );
    const lifted: SystemCall[] = [
      ["unshare", 272, 0x20000],
      ["keyctl", 250, 0, -3, 0],
      ["mount", 165, "none", "/tmp", "tmpfs", 0, 0],
    ];
    const privileged = ["run", "--rm", "--privileged", ...perlFlags, image];
    expect(await driver.ok(...privileged, ...tryCommand(lifted))).toBe(
      "unshare allowed\nkeyctl allowed\nmount allowed",
    );
  });

  test("the kernel's switches cannot be turned", async () => {
    const files = [
      "sys/kernel/core_pattern",
      "sys/kernel/modprobe",
      "sys/vm/panic_on_oom",
      "sysrq-trigger",
      "irq/default_smp_affinity",
    ];
    const script = files.map((file) => `[ ! -e /proc/${file} ] || echo x > /proc/${file}`).join("; ");
    const answers = (await shell(script)).split("\n");
    expect(answers.length).toBeGreaterThan(2);
    for (const answer of answers) expect(answer).toContain("Read-only file system");
    expect(await shell("echo 1 > /sys/kernel/uevent_helper && echo written")).toMatch(
      /Read-only|nonexistent|can't create/,
    );
  });

  test("control groups cannot be left or made to run a program of the host", async () => {
    const script =
      "for f in $(find /sys/fs/cgroup -name release_agent -o -name notify_on_release -o -name cgroup.procs -o -name devices.allow 2>/dev/null); do " +
      "echo 1 > $f && echo written $f; done 2>&1 | grep -v Read-only; for d in /sys/fs/cgroup $(find /sys/fs/cgroup -mindepth 1 -maxdepth 1 -type d); do mkdir $d/own; done 2>&1 | grep -v Read-only; true";
    expect(await shell(script)).toBe("");
  });

  test("devices of the host cannot be made or opened", async () => {
    const script = (["c 1 1", "c 1 2", "c 10 144", "b 254 0", "c 1 11"] as const)
      .map((device, index) => `mknod /d${index} ${device} && head -c 1 /d${index}`)
      .join("; ");
    const answers = (await shell(script)).split("\n");
    expect(answers).toHaveLength(5);
    for (const answer of answers) expect(answer).toContain("Operation not permitted");
  });

  test("nothing of the engine is left open, and the runtime's program is out of reach (CVE-2019-5736, CVE-2024-21626)", async () => {
    expect(
      await shell("for fd in /proc/self/fd/*; do basename $fd; done | grep -vE '^[012]$' | wc -l"),
    ).toMatch(/^[01]$/);
    const name = driver.own("exe");
    await driver.ok("run", "-d", "--name", name, image, "sleep", "1000");
    const look =
      "for p in /proc/[0-9]*; do readlink $p/exe; readlink $p/cwd; for f in $p/fd/*; do readlink $f; done; done; true";
    const seen = await driver.ok("exec", name, "sh", "-c", look);
    expect(seen).not.toMatch(/crun|runc|conmon|gantry|\/var\/lib|\/sys\/fs\/cgroup/);
    await driver.ok("rm", "-f", name);
    expect((await driver.fails("run", "--rm", "-w", "/proc/self/fd/8", image, "pwd")).code).not.toBe(0);
  });

  test("processes of the host are neither seen nor reached", async () => {
    expect(await shell("ls -d /proc/[0-9]* | wc -l")).toMatch(/^[1-4]$/);
    expect(await shell(`kill -0 ${process.pid}`)).toContain("No such process");
    expect(await shell("cat /proc/1/environ | tr '\\0' '\\n' | grep -c GANTRY")).toBe("0");
  });
});
