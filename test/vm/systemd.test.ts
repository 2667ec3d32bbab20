import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { copyFileSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually, must, run } from "../support/command.ts";
import { Driver } from "../support/driver.ts";
import { busyboxImage as image, ensureBusybox } from "../support/images.ts";
import { gantryBinary } from "../support/paths.ts";

// Installs the engine into the system it runs on: for a machine made for it alone (scripts/vm-test).
if (process.env.GANTRY_TEST_MACHINE !== "vm") throw new Error("this belongs into scripts/vm-test");

setDefaultTimeout(600_000);

const packaging = join(import.meta.dir, "..", "..", "packaging", "systemd");
const socket = "/run/gantry/gantry.sock";
const gantry = new Driver("gantry", "gantry", `unix://${socket}`, ["/usr/bin/gantry"]);
const state = async (unit: string) => (await run(["systemctl", "is-active", unit])).stdout.trim();
const property = (name: string) => must(["systemctl", "show", "-P", name, "gantry.service"]);
const enginePid = async () => Number(await property("MainPID"));
const alive = (name: string) => gantry.ok("inspect", "-f", "{{.State.Pid}} {{.State.Running}}", name);
const containers = ["web", "talker", "tracer", "limited"];

beforeAll(async () => {
  copyFileSync(gantryBinary, "/usr/bin/gantry");
  for (const unit of ["gantry.service", "gantry.socket"]) {
    copyFileSync(join(packaging, unit), `/etc/systemd/system/${unit}`);
  }
  copyFileSync(join(packaging, "gantry.sysusers"), "/usr/lib/sysusers.d/gantry.conf");
  await must(["systemd-sysusers"]);
  await must(["systemctl", "daemon-reload"]);
  await must(["systemctl", "start", "gantry.socket"]);
});

afterAll(async () => {
  await gantry.run(["rm", "-f", ...containers]);
  await run(["systemctl", "stop", "gantry.socket", "gantry.service"]);
  await run(["systemctl", "reset-failed"]);
});

test("the socket is the gantry group's, and its first client starts the engine", async () => {
  const group = /^gantry:x:(\d+):/m.exec(readFileSync("/etc/group", "utf8"))?.[1];
  const status = statSync(socket);
  expect((status.mode & 0o777).toString(8)).toBe("660");
  expect(status.gid).toBe(Number(group));
  expect(await state("gantry.service")).toBe("inactive");
  await gantry.ok("version");
  expect(await state("gantry.service")).toBe("active");
});

test("a container outlives a restart of the service, with its process, and is taken up again", async () => {
  await ensureBusybox(gantry);
  await gantry.ok("run", "-d", "--name", "web", image, "sleep", "100000");
  const before = await alive("web");
  const engine = await enginePid();
  await must(["systemctl", "restart", "gantry.service"]);
  expect(await enginePid()).not.toBe(engine);
  expect(await alive("web")).toBe(before);
  expect(await gantry.ok("exec", "web", "echo", "still here")).toBe("still here");
});

test("a killed engine is started again by systemd, and the container is still there", async () => {
  const before = await alive("web");
  const engine = await enginePid();
  process.kill(engine, "SIGKILL");
  await eventually("another engine", async () => ![0, engine].includes(await enginePid()), 120_000);
  expect(await alive("web")).toBe(before);
});

test("systemctl reload is a reload of the configuration", async () => {
  await must(["mkdir", "-p", "/etc/gantry"]);
  writeFileSync("/etc/gantry/daemon.json", '{"labels": ["place=vm"]}');
  await must(["systemctl", "reload", "gantry.service"]);
  await eventually("the label", async () => (await gantry.ok("info")).includes("place=vm"), 60_000);
  expect(await state("gantry.service")).toBe("active");
});

test("stopping the service leaves the container alone; the next client finds it", async () => {
  const before = await alive("web");
  await must(["systemctl", "stop", "gantry.service"]);
  const pid = Number(before.split(" ")[0]);
  expect(readFileSync(`/proc/${pid}/comm`, "utf8")).toBe("sleep\n");
  expect(await alive("web")).toBe(before);
  await gantry.ok("rm", "-f", "web");
  expect(() => process.kill(pid, 0)).toThrow();
});

test("--log-driver journald writes into the journal what logs shows", async () => {
  const said = await gantry.ok(
    "run",
    "--log-driver",
    "journald",
    "--name",
    "talker",
    image,
    "echo",
    "for the journal",
  );
  expect(said).toBe("for the journal");
  const query = ["journalctl", "-q", "-o", "json", "CONTAINER_NAME=talker"];
  const line = await eventually("the line", async () => (await must(query)).split("\n")[0], 120_000);
  const id = await gantry.ok("inspect", "-f", "{{.Id}}", "talker");
  expect(JSON.parse(line)).toMatchObject({
    MESSAGE: "for the journal",
    CONTAINER_NAME: "talker",
    CONTAINER_ID: id.slice(0, 12),
    CONTAINER_ID_FULL: id,
    IMAGE_NAME: image,
    PRIORITY: "6",
  });
  expect(await gantry.ok("logs", "talker")).toBe("for the journal");
});

test("containers are confined by AppArmor, privileged ones and unconfined ones are not", async () => {
  const profile = async (...flags: string[]) =>
    (await gantry.ok("run", "--rm", ...flags, image, "cat", "/proc/self/attr/current")).replace(/\0/g, "");
  expect(await profile()).toBe("docker-default (enforce)");
  expect(await profile("--privileged")).toBe("unconfined");
  expect(await profile("--security-opt", "apparmor=unconfined")).toBe("unconfined");
  const missing = await gantry.fails("run", "--rm", "--security-opt", "apparmor=no-such", image, "true");
  // As docker answers whatever the runtime did not find.
  expect(missing.code).toBe(127);
  expect(missing.text).toContain("no-such");
});

test("the profile forbids what capabilities alone would allow", async () => {
  const mount = ["--cap-add", "SYS_ADMIN", "--security-opt", "seccomp=unconfined"];
  const script = "mkdir -p /m && mount -t tmpfs none /m && echo mounted";
  const held = await gantry.run(["run", "--rm", ...mount, image, "sh", "-c", script]);
  expect(held.stdout).toBe("");
  expect(held.stderr).toMatch(/denied|permitted/i);
  const free = ["--security-opt", "apparmor=unconfined"];
  expect(await gantry.ok("run", "--rm", ...mount, ...free, image, "sh", "-c", script)).toBe("mounted");
});

test("an exec is confined like its container", async () => {
  await gantry.ok("run", "-d", "--name", "tracer", image, "sleep", "100000");
  const current = await gantry.ok("exec", "tracer", "cat", "/proc/self/attr/current");
  expect(current.replace(/\0/g, "")).toBe("docker-default (enforce)");
});

test("cgroup v2 alone: a namespace of its own, limits as the container sees them", async () => {
  await gantry.ok(
    "run",
    "-d",
    "--name",
    "limited",
    "-m",
    "64m",
    "--pids-limit",
    "20",
    image,
    "sleep",
    "100000",
  );
  const inside = (file: string) => gantry.ok("exec", "limited", "cat", file);
  expect(await inside("/proc/1/cgroup")).toBe("0::/");
  expect(await inside("/sys/fs/cgroup/memory.max")).toBe(String(64 << 20));
  expect(await inside("/sys/fs/cgroup/pids.max")).toBe("20");
  await gantry.ok("update", "--pids-limit", "30", "limited");
  expect(await inside("/sys/fs/cgroup/pids.max")).toBe("30");
});
