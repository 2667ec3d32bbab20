import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { listMounts, unmount } from "../../src/linux/mount.ts";
import { Cgroup } from "../../src/linux/cgroup.ts";
import { instanceNames } from "../../src/networks/instance-names.ts";
import { eventually, must, run } from "../support/command.ts";
import { CrashRig, gone } from "../support/crash-rig.ts";
import { cgroupParent } from "../support/leftovers.ts";
import { busyboxImage as image, busyboxTar } from "../support/images.ts";

// A bound for what hangs.
setDefaultTimeout(60_000);

describe("an engine under load", () => {
  let rig: CrashRig;
  beforeAll(async () => {
    rig = await CrashRig.start();
  });
  afterEach(() => rig.expectClean());
  afterAll(async () => {
    expect(await rig.engine.dispose()).toEqual([]);
  });

  /** Runs containers, several side by side, until told to stop. */
  function load(): { done: () => number; stop: () => Promise<void> } {
    const until = new AbortController();
    let done = 0;
    const worker = async (worker: number) => {
      for (let turn = 0; !until.signal.aborted; turn += 1) {
        const name = rig.driver.own(`load-${worker}-${turn}`);
        const flags = ["--rm", "--name", name, "-v", "/anonymous", "-p", "80"];
        const result = await rig.driver.run(["run", ...flags, image, "echo", name]);
        // One whose engine dies between its exit and its last words may have an end without them.
        if (result.code === 0 && result.stdout === `${name}\n`) done += 1;
      }
    };
    const workers = Promise.all([0, 1, 2, 3].map(worker));
    return {
      done: () => done,
      stop: async () => {
        until.abort();
        await workers;
      },
    };
  }

  test("is killed five times: what is left is consistent, and all of it can be removed", async () => {
    const { done, stop } = load();
    for (let kill = 0; kill < 5; kill += 1) {
      const before = done();
      await eventually("containers run", () => done() > before + 2, 30_000);
      await rig.crash();
    }
    await stop();
    for (const name of await rig.driver.containers())
      expect(["created", "running"]).toContain(await rig.inspect(name, "{{.State.Status}}"));
  });

  test("is ended by SIGTERM twice: it ends in time, and nothing is lost", async () => {
    const { done, stop } = load();
    for (let end = 0; end < 2; end += 1) {
      const before = done();
      await eventually("containers run", () => done() > before + 2, 30_000);
      expect(await rig.engine.end("SIGTERM")).toBe(0);
      await rig.start();
    }
    await stop();
  });
});

describe("clients and processes that do not behave", () => {
  let rig: CrashRig;
  let name: string;
  beforeAll(async () => {
    rig = await CrashRig.start();
    name = rig.driver.own("c");
  });
  afterEach(() => rig.expectClean());
  afterAll(async () => {
    expect(await rig.engine.dispose()).toEqual([]);
  });

  test("a client killed in the middle of run: the container goes on, without blocking on its output", async () => {
    const lines = "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); echo line $i; done; sleep 1000";
    const client = rig.driver.spawn(["run", "--name", name, image, "sh", "-c", lines]);
    await client.stdout.getReader().read();
    client.kill("SIGKILL");
    await client.exited;
    await eventually(
      "it went on",
      async () => (await rig.driver.ok("logs", "--tail", "1", name)) === "line 20000",
    );
    expect(await rig.state(name)).toBe("running 0");
  });

  test("a client killed in the middle of run --rm: the container goes when it ends", async () => {
    const client = rig.driver.spawn([
      "run",
      "--rm",
      "-i",
      "--name",
      name,
      image,
      "sh",
      "-c",
      "echo up; cat; exit 3",
    ]);
    await client.stdout.getReader().read();
    client.kill("SIGKILL");
    await client.exited;
    await eventually("it is gone", async () => !(await rig.driver.containers()).includes(name));
  });

  test("clients killed in the middle of attach and logs -f leave nothing behind in the engine", async () => {
    await rig.driver.ok(
      "run",
      "-d",
      "--name",
      name,
      image,
      "sh",
      "-c",
      "while :; do echo tick; sleep 0.01; done",
    );
    const descriptors = () => openDescriptors(rig.engine.pid);
    const before = descriptors();
    const clients = [
      ["attach", name],
      ["logs", "-f", name],
      ["exec", name, "sleep", "0.5"],
      ["wait", name],
      ["events"],
      ["stats", name],
    ].map((args) => rig.driver.spawn(args));
    await Promise.all(clients.slice(0, 2).map((client) => client.stdout.getReader().read()));
    for (const client of clients) client.kill("SIGKILL");
    await Promise.all(clients.map(({ exited }) => exited));
    await eventually("the engine lets go", () => descriptors() <= before);
  });

  test("a client that goes away in the middle of import leaves no image and no layer", async () => {
    const bytes = await Bun.file(await busyboxTar()).bytes();
    const upload = request({
      socketPath: rig.engine.socket,
      path: "/v1.51/images/create?fromSrc=-&repo=half",
      method: "POST",
      headers: { "Content-Type": "application/x-tar", "Transfer-Encoding": "chunked" },
    });
    upload.on("error", () => undefined);
    await new Promise((resolve) => upload.write(bytes.subarray(0, bytes.length >> 1), resolve));
    await eventually(
      "it is being unpacked",
      () => readdirSync(join(rig.engine.dataRoot, "layers/staging")).length > 0,
    );
    upload.destroy();
    await eventually(
      "it is given up",
      () => readdirSync(join(rig.engine.dataRoot, "layers/staging")).length === 0,
    );
    expect(await rig.driver.ok("images", "-q", "half")).toBe("");
  });

  test("a process that ignores SIGTERM is killed when the time is up: 137", async () => {
    await rig.driver.ok(
      "run",
      "-d",
      "--name",
      name,
      image,
      "sh",
      "-c",
      "trap '' TERM; while :; do sleep 0.1; done",
    );
    await rig.driver.ok("stop", "-t", "1", name);
    expect(await rig.state(name)).toBe("exited 137");
  });

  test("an engine killed while it waits for a process to stop: it runs on and can be stopped", async () => {
    await rig.driver.ok(
      "run",
      "-d",
      "--name",
      name,
      image,
      "sh",
      "-c",
      "trap 'touch /tmp/asked' TERM; while :; do sleep 0.1; done",
    );
    const stopping = rig.driver.spawn(["stop", "-t", "100", name]);
    const asked = `/proc/${await rig.pid(name)}/root/tmp/asked`;
    await eventually("it was asked to stop", () => existsSync(asked));
    await rig.crash();
    expect(await stopping.exited).not.toBe(0);
    expect(await rig.state(name)).toBe("running 0");
    await rig.driver.ok("stop", "-t", "0", name);
    expect(await rig.state(name)).toBe("exited 137");
  });

  test("a monitor that is killed: its container has ended, 137, also while no engine lives", async () => {
    const monitorOf = async () => {
      const id = await rig.inspect(name, "{{.Id}}");
      return Number(await Bun.file(join(rig.engine.dataRoot, "containers", id, "monitor-pid")).text());
    };
    await rig.driver.ok("run", "-d", "--name", name, "-p", "24790:80", image, "sleep", "1000");
    process.kill(await monitorOf(), "SIGKILL");
    expect(await rig.driver.ok("wait", name)).toBe("137");
    await rig.driver.ok("start", name);
    const [monitor, pid] = [await monitorOf(), await rig.pid(name)];
    await rig.engine.end("SIGKILL");
    process.kill(monitor, "SIGKILL");
    await rig.start();
    await eventually("it has ended", async () => (await rig.state(name)) === "exited 137");
    await gone(pid);
  });
});

describe("an engine that cannot give something back", () => {
  test("starts all the same, and tries again with the next start", async () => {
    const rig = await CrashRig.start();
    const name = rig.driver.own("c");
    await rig.driver.ok("create", "--name", name, image, "true");
    const inTheWay = join(
      rig.engine.dataRoot,
      "containers",
      await rig.inspect(name, "{{.Id}}"),
      "in-the-way",
    );
    mkdirSync(inTheWay);
    await must(["mount", "-t", "tmpfs", "none", inTheWay]);
    await rig.dieAt("remove:marked", ["rm", name]);
    expect(await rig.driver.containers()).toEqual([]);
    await rig.driver.ok("run", "--rm", "--name", name, image, "true");
    unmount(inTheWay);
    await rig.crash();
    await rig.expectClean();
    expect(await rig.engine.dispose()).toEqual([]);
  });
});

describe("the machine starts again", () => {
  test("containers have exited, 255, and can be started; those with a policy run", async () => {
    const rig = await CrashRig.start();
    const own = (name: string) => rig.driver.own(name);
    const start = (name: string, ...flags: string[]) =>
      rig.driver.ok("run", "-d", "--name", own(name), ...flags, image, "sleep", "1000");
    await start("plain", "-p", "24791:80", "-v", `${own("data")}:/data`);
    await start("always", "--restart", "always");
    await start("unless", "--restart", "unless-stopped");
    await start("removed", "--rm", "-v", "/anonymous");
    await start("paused");
    await rig.driver.ok("exec", own("plain"), "touch", "/data/kept", "/kept");
    await rig.driver.ok("pause", own("paused"));
    await reboot(rig);
    for (const name of ["plain", "paused"]) expect(await rig.state(own(name))).toBe("exited 255");
    await eventually(
      "--rm is caught up",
      async () => !(await rig.driver.containers()).includes(own("removed")),
    );
    for (const name of ["always", "unless"])
      await eventually(`${name} runs`, async () => (await rig.state(own(name))) === "running 0");
    await rig.driver.ok("start", own("plain"));
    expect(await rig.driver.ok("exec", own("plain"), "ls", "/data/kept", "/kept")).toBe("/data/kept\n/kept");
    await rig.expectClean();
    expect(await rig.engine.dispose()).toEqual([]);
  });
});

/** Everything that a boot takes away: processes, mounts, links, rules and the exec root. */
async function reboot(rig: CrashRig): Promise<void> {
  const { engine, driver } = rig;
  const ids = (await driver.ok("ps", "-q", "--no-trunc")).split("\n");
  await engine.end("SIGKILL");
  for (const id of ids)
    process.kill(
      Number(await Bun.file(join(engine.dataRoot, "containers", id, "monitor-pid")).text()),
      "SIGKILL",
    );
  for (const id of ids) {
    const group = new Cgroup(join(cgroupParent(engine.instance), id));
    await group.killAll();
    await group.remove();
  }
  const mounts = listMounts()
    .map(({ target }) => target)
    .filter((target) => target.startsWith(`${engine.directory}/`));
  for (const target of mounts.toReversed()) unmount(target);
  rmSync(engine.execRoot, { recursive: true });
  const { bridge, table } = instanceNames(engine.instance);
  await run(["ip", "link", "delete", bridge]);
  await run(["nft", "delete", "table", "inet", table]);
  await rig.start();
}

/** Of a process; the one inotify descriptor left out that the runtime keeps from the first watched file on. */
function openDescriptors(pid: number): number {
  const directory = `/proc/${pid}/fd`;
  return readdirSync(directory).filter((name) => {
    try {
      return !readlinkSync(join(directory, name)).includes("inotify");
    } catch {
      // Closed meanwhile.
      return false;
    }
  }).length;
}
