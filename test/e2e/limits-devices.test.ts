import { existsSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { expect, test } from "bun:test";
import { cgroupLayout } from "../../src/linux/cgroup.ts";
import { cgroupSupport } from "../../src/linux/cgroup-support.ts";
import { deviceNumbers } from "../../src/runtime/spec/devices.ts";
import { busyboxImage as image, scenarios } from "../support/drivers.ts";
import { updated } from "../support/update.ts";

const v1 = cgroupLayout().version === 1;
const mib = 1 << 20;
const disk = diskOfEngines();

scenarios("limits of devices", (scene) => {
  const { driver } = scene;
  const shell = (flags: string[], script: string) =>
    driver.ok("run", "--rm", ...flags, image, "sh", "-c", script);
  const show = (name: string, field: string) => driver.ok("inspect", "-f", `{{.HostConfig.${field}}}`, name);
  const asleep = async (name: string, ...flags: string[]) => {
    await driver.ok("run", "-d", "--name", driver.own(name), ...flags, image, "sleep", "1000");
    return driver.own(name);
  };

  test.if(disk !== undefined)("--device-write-bps and its kin slow a disk down", async () => {
    const [path = ""] = [disk];
    const seconds = async (rate: string) => {
      const write = "time dd if=/dev/zero of=/x bs=128k count=4 oflag=direct";
      const run = await driver.run(
        ["run", "--rm", "--device-write-bps", `${path}:${rate}`, image, "sh", "-c", write],
        {},
      );
      return Number(/real\s+0m ([\d.]+)s/.exec(run.stderr)?.[1]);
    };
    expect(await seconds("1mb")).toBeGreaterThan(0.3);
    const flags = `--device-read-bps ${path}:2mb --device-read-iops ${path}:100 --device-write-iops ${path}:200`;
    const name = await asleep("throttled", ...flags.split(" "));
    const limits = v1
      ? await driver.ok("exec", name, "sh", "-c", "cd /sys/fs/cgroup/blkio; cat blkio.throttle.*_device")
      : await driver.ok("exec", name, "cat", "/sys/fs/cgroup/io.max");
    expect(limits).toMatch(
      v1 ? /:\d+ 2097152\n\d+:\d+ 100\n\d+:\d+ 200$/ : /rbps=2097152 wbps=max riops=100 wiops=200/,
    );
    await driver.ok("rm", "-f", name);
    expect(
      (await driver.fails("run", "--rm", "--device-read-bps", "/dev/no-such:1mb", image, "true")).text,
    ).toMatch(/no-such.*no such file or directory/);
  });

  test.if(disk !== undefined)(
    "reading and operations are slowed down too, and by an update while it runs",
    async () => {
      const { engine } = scene;
      if (engine === undefined) return;
      const Path = disk ?? "";
      const name = await asleep(
        "slowed",
        "--device-read-bps",
        `${Path}:1mb`,
        "--device-write-iops",
        `${Path}:10`,
      );
      const seconds = async (...dd: string[]) => {
        const { stderr } = await driver.run(["exec", name, "sh", "-c", `time dd ${dd.join(" ")}`]);
        return Number(/real\s+0m ([\d.]+)s/.exec(stderr)?.[1]);
      };
      expect(await seconds("if=/dev/zero", "of=/x", "bs=64k", "count=8", "oflag=direct")).toBeGreaterThan(
        0.3,
      );
      expect(await seconds("if=/x", "of=/dev/null", "bs=128k", "count=4", "iflag=direct")).toBeGreaterThan(
        0.3,
      );
      const change = {
        BlkioDeviceReadBps: [{ Path, Rate: 8 * mib }],
        BlkioDeviceWriteBps: [{ Path, Rate: mib }],
        BlkioDeviceWriteIOps: [{ Path, Rate: 1000 }],
      };
      expect(await updated(engine.socket, name, change)).toEqual({ Warnings: null });
      expect(await seconds("if=/dev/zero", "of=/x", "bs=128k", "count=4", "oflag=direct")).toBeGreaterThan(
        0.3,
      );
      const limits = v1
        ? await driver.ok("exec", name, "sh", "-c", "cd /sys/fs/cgroup/blkio; cat blkio.throttle.*_device")
        : await driver.ok("exec", name, "cat", "/sys/fs/cgroup/io.max");
      expect(limits).toMatch(
        v1
          ? /:\d+ 8388608\n\d+:\d+ 1048576\n\d+:\d+ 1000$/
          : /rbps=8388608 wbps=1048576 riops=max wiops=1000/,
      );
      await driver.ok("rm", "-f", name);
    },
  );

  test("a weight of block I/O is set where a scheduler keeps to it, else discarded with a warning", async () => {
    const { stderr } = await driver.run([
      "run",
      "-d",
      "--name",
      driver.own("weighed"),
      "--blkio-weight",
      "300",
      image,
      "sleep",
      "1000",
    ]);
    if (cgroupSupport().blockWeight) {
      const weight = v1 ? "blkio/blkio*.weight" : "io*.weight";
      expect(
        await driver.ok("exec", driver.own("weighed"), "sh", "-c", `cat /sys/fs/cgroup/${weight}`),
      ).toMatch(/300|2930/);
    } else
      expect(stderr).toContain(
        "Your kernel does not support Block I/O weight or the cgroup is not mounted. Weight discarded.",
      );
    expect(await show(driver.own("weighed"), "BlkioWeight")).toBe(cgroupSupport().blockWeight ? "300" : "0");
    await driver.ok("rm", "-f", driver.own("weighed"));
  });

  test.if(existsSync("/dev/loop0"))(
    "--device with permissions: what is not allowed is refused by the kernel, to root too",
    async () => {
      const script = "true < /dev/lines && echo reading; true >> /dev/lines";
      const device = "/dev/loop0:/dev/lines:r";
      const run = await driver.run(["run", "--rm", "--device", device, image, "sh", "-c", script]);
      expect(run.stdout).toBe("reading\n");
      expect(run.stderr).toContain("Operation not permitted");
    },
  );

  test("--device-cgroup-rule opens what is closed", async () => {
    const make = "mknod /tmp/zero c 1 5 && mknod /tmp/kmsg c 1 11";
    const tryBoth = `${make} && head -c 1 /tmp/zero | wc -c; { : > /tmp/kmsg; } && echo open`;
    const closed = await driver.run(["run", "--rm", image, "sh", "-c", tryBoth]);
    expect(closed.stdout).toBe("1\n");
    expect(closed.stderr).toContain("Operation not permitted");
    expect(await shell(["--device-cgroup-rule", "c 1:11 rwm"], tryBoth)).toBe("1\nopen");
    expect((await driver.fails("run", "--rm", "--device-cgroup-rule", "c 1:3", image)).text).toContain(
      "invalid device cgroup format 'c 1:3'",
    );
  });
});

/** The device behind the test engines' directories, where it is one that the kernel can throttle. */
function diskOfEngines(): string | undefined {
  const { major, minor } = deviceNumbers(statSync(tmpdir()).dev);
  const rows = readFileSync("/proc/partitions", "utf8").split("\n").slice(2);
  const row = rows
    .map((text) => text.trim().split(/\s+/))
    .find(([a, b]) => a === `${major}` && b === `${minor}`);
  return row === undefined ? undefined : `/dev/${row[3]}`;
}
