import { expect, test } from "bun:test";
import { eventually } from "../support/command.ts";
import { busyboxImage as image, scenarios } from "../support/drivers.ts";

scenarios("lifecycle", ({ driver }) => {
  const status = (name: string) => driver.ok("inspect", "-f", "{{.State.Status}}", name);
  const sleeper = async (name: string, ...flags: string[]) => {
    await driver.ok("run", "-d", "--name", driver.own(name), ...flags, image, "sleep", "1000");
    return driver.own(name);
  };

  test("create, start, stop, start again, rm", async () => {
    const name = driver.own("steps");
    await driver.ok("create", "--name", name, image, "sleep", "1000");
    expect(await status(name)).toBe("created");
    expect(await driver.ok("start", name)).toBe(name);
    expect(await status(name)).toBe("running");
    expect(await driver.ok("stop", "-t", "1", name)).toBe(name);
    expect(await status(name)).toBe("exited");
    await driver.ok("start", name);
    expect(await driver.ok("inspect", "-f", "{{.State.Running}} {{.RestartCount}}", name)).toBe("true 0");
    await driver.ok("rm", "-f", name);
    expect((await driver.fails("inspect", name)).text).toContain(name);
  });

  test("stop sends SIGTERM, waits, then kills; a handler's exit code counts", async () => {
    const polite = driver.own("polite");
    await driver.ok(
      "run",
      "-d",
      "--name",
      polite,
      image,
      "sh",
      "-c",
      "trap 'exit 7' TERM; echo ready; while :; do sleep 0.05; done",
    );
    await eventually("it is ready", async () => (await driver.ok("logs", polite)).includes("ready"));
    await driver.ok("stop", polite);
    expect(await driver.ok("inspect", "-f", "{{.State.ExitCode}}", polite)).toBe("7");
    const stubborn = await sleeper("stubborn");
    await driver.ok("stop", "-t", "0", stubborn);
    expect(await driver.ok("inspect", "-f", "{{.State.ExitCode}}", stubborn)).toBe("137");
    await driver.ok("rm", polite, stubborn);
  });

  test("--stop-signal and --stop-timeout are kept for stop", async () => {
    const name = driver.own("signal");
    await driver.ok(
      "run",
      "-d",
      "--name",
      name,
      "--stop-signal",
      "USR1",
      "--stop-timeout",
      "20",
      image,
      "sh",
      "-c",
      "trap 'exit 5' USR1; echo ready; while :; do sleep 0.05; done",
    );
    await eventually("it is ready", async () => (await driver.ok("logs", name)).includes("ready"));
    await driver.ok("stop", name);
    expect(await driver.ok("inspect", "-f", "{{.State.ExitCode}}", name)).toBe("5");
    await driver.ok("rm", name);
  });

  test("kill: a signal by name and number; a stopped container is refused", async () => {
    const name = driver.own("killed");
    await driver.ok(
      "run",
      "-d",
      "--name",
      name,
      image,
      "sh",
      "-c",
      "trap 'echo got hup' HUP; trap 'echo got 10' 10; echo ready; while :; do sleep 0.05; done",
    );
    await eventually("it is ready", async () => (await driver.ok("logs", name)).includes("ready"));
    await driver.ok("kill", "-s", "HUP", name);
    await eventually("HUP came", async () => (await driver.ok("logs", name)).includes("got hup"));
    await driver.ok("kill", "--signal", "10", name);
    await eventually("10 came", async () => (await driver.ok("logs", name)).includes("got 10"));
    await driver.ok("kill", name);
    await driver.ok("wait", name);
    expect(await driver.ok("inspect", "-f", "{{.State.ExitCode}}", name)).toBe("137");
    expect((await driver.fails("kill", name)).text).toContain("is not running");
    expect((await driver.fails("kill", "-s", "NOSUCH", name)).text).toContain("nvalid signal: NOSUCH");
    await driver.ok("rm", name);
  });

  test("restart runs it anew, also a stopped one", async () => {
    const name = driver.own("restarted");
    await driver.ok("run", "-d", "--name", name, image, "sh", "-c", "echo up; exec sleep 1000");
    await eventually("it is up", async () => (await driver.ok("logs", name)) === "up");
    await driver.ok("restart", "-t", "0", name);
    await eventually("it is up again", async () => (await driver.ok("logs", name)) === "up\nup");
    await driver.ok("stop", "-t", "0", name);
    await driver.ok("restart", name);
    expect(await status(name)).toBe("running");
    await driver.ok("rm", "-f", name);
  });

  test("pause holds it, unpause lets it go on", async () => {
    const name = driver.own("paused");
    await driver.ok(
      "run",
      "-d",
      "--name",
      name,
      image,
      "sh",
      "-c",
      "while :; do echo tick; sleep 0.02; done",
    );
    await driver.ok("pause", name);
    expect(await status(name)).toBe("paused");
    const before = await driver.ok("logs", name);
    expect((await driver.fails("pause", name)).text).toContain("is already paused");
    expect((await driver.fails("exec", name, "true")).text).toContain("is paused");
    expect(await driver.ok("logs", name)).toBe(before);
    await driver.ok("unpause", name);
    await eventually("it ticks on", async () => (await driver.ok("logs", name)).length > before.length);
    expect((await driver.fails("unpause", name)).text).toContain("is not paused");
    await driver.ok("rm", "-f", name);
  });

  test("rm of a running container is refused, -f removes it", async () => {
    const name = await sleeper("busy");
    const { code, text } = await driver.fails("rm", name);
    expect(code).toBe(1);
    expect(text).toContain("container is running: stop the container before removing or force remove");
    expect(await driver.ok("rm", "-f", name)).toBe(name);
    expect((await driver.fails("rm", name)).text).toContain(`No such container: ${name}`);
    expect((await driver.run(["rm", "-f", name])).code).toBe(0);
  });

  test("wait answers the exit code, also of one that ended before", async () => {
    const name = driver.own("waited");
    await driver.ok("run", "-d", "--name", name, "-i", image, "sh", "-c", "read line; exit 3");
    const waiting = driver.ok("wait", name);
    const attached = driver.spawn(["attach", name]);
    await attached.stdin.write("go\n");
    expect(await waiting).toBe("3");
    expect(await driver.ok("wait", name)).toBe("3");
    expect(await attached.exited).toBe(3);
    await driver.ok("rm", name);
  });

  test("--rm removes it and its anonymous volumes when it ends", async () => {
    const name = driver.own("brief");
    await driver.ok("run", "--rm", "--name", name, "-v", "/data", image, "true");
    await eventually("it is gone", async () => !(await driver.containers()).includes(name));
    const detached = driver.own("brief2");
    await driver.ok("run", "-d", "--rm", "--name", detached, image, "sleep", "1000");
    await driver.ok("kill", detached);
    await eventually("it is gone", async () => !(await driver.containers()).includes(detached));
  });

  test("names are made up when none is given, two words", async () => {
    const id = await driver.ok("create", image);
    expect(await driver.ok("inspect", "-f", "{{.Name}}", id)).toMatch(/^\/[a-z]+_[a-z]+\d?$/);
    await driver.ok("rm", id);
  });

  test("rename, and found by name, id and id prefix", async () => {
    const name = await sleeper("before");
    const id = await driver.ok("inspect", "-f", "{{.Id}}", name);
    await driver.ok("rename", name, driver.own("after"));
    for (const reference of [driver.own("after"), id, id.slice(0, 12)])
      expect(await driver.ok("inspect", "-f", "{{.Name}}", reference)).toBe(`/${driver.own("after")}`);
    expect((await driver.fails("inspect", name)).text).toContain(name);
    await driver.ok("rm", "-f", driver.own("after"));
  });

  test("ps shows running ones, -a all, with filters and formats", async () => {
    const running = await sleeper("ps-up", "-l", `${driver.prefix}role=web`);
    const ended = driver.own("ps-down");
    await driver.ok("run", "--name", ended, image, "sh", "-c", "exit 4").catch(() => undefined);
    const ps = (...args: string[]) =>
      driver.ok("ps", "--format", "{{.Names}}", "--filter", `name=${driver.prefix}ps`, ...args);
    expect(await ps()).toBe(running);
    expect((await ps("-a")).split("\n").sort()).toEqual([ended, running].sort());
    expect(await ps("-a", "--filter", "status=exited")).toBe(ended);
    expect(await ps("-a", "--filter", "exited=4")).toBe(ended);
    expect(await ps("-a", "--filter", `label=${driver.prefix}role=web`)).toBe(running);
    const table = await driver.ok("ps", "-a", "--filter", `name=${driver.prefix}ps`);
    expect(table).toMatch(/^CONTAINER ID +IMAGE +COMMAND +CREATED +STATUS +PORTS +NAMES$/m);
    expect(table).toMatch(/"sleep 1000" +.*Up .*/);
    expect(table).toContain("Exited (4)");
    expect(await driver.ok("ps", "-q", "--no-trunc", "--filter", `name=${running}`)).toMatch(
      /^[0-9a-f]{64}$/,
    );
    await driver.ok("rm", "-f", running, ended);
  });

  test("inspect shows what was asked for", async () => {
    const name = await sleeper(
      "shown",
      "-e",
      "A=1",
      "-w",
      "/tmp",
      "--memory",
      "64m",
      "--cpus",
      "0.5",
      "--pids-limit",
      "50",
      "--restart",
      "on-failure:3",
      "-u",
      "nobody",
    );
    const [shown] = JSON.parse(await driver.ok("inspect", name));
    expect(shown.Config).toMatchObject({
      WorkingDir: "/tmp",
      User: "nobody",
      Image: image,
      Cmd: ["sleep", "1000"],
    });
    expect(shown.Config.Env).toContain("A=1");
    expect(shown.HostConfig).toMatchObject({
      Memory: 64 << 20,
      NanoCpus: 500_000_000,
      PidsLimit: 50,
      RestartPolicy: { Name: "on-failure", MaximumRetryCount: 3 },
    });
    expect(shown.State).toMatchObject({ Status: "running", Running: true, ExitCode: 0, OOMKilled: false });
    expect(shown.State.Pid).toBeGreaterThan(1);
    expect(shown.Path).toBe("sleep");
    expect(shown.Args).toEqual(["1000"]);
    await driver.ok("rm", "-f", name);
  });

  test("--restart on-failure tries again as often as said; always comes back after a kill", async () => {
    const failing = driver.own("failing");
    await driver.ok(
      "run",
      "-d",
      "--name",
      failing,
      "--restart",
      "on-failure:2",
      image,
      "sh",
      "-c",
      "echo try; exit 1",
    );
    await eventually(
      "it gave up",
      async () =>
        (await driver.ok("inspect", "-f", "{{.RestartCount}} {{.State.Status}}", failing)) === "2 exited",
    );
    expect(await driver.ok("logs", failing)).toBe("try\ntry\ntry");
    const always = await sleeper("always", "--restart", "always");
    const pid = await driver.ok("inspect", "-f", "{{.State.Pid}}", always);
    await driver.ok("exec", always, "kill", "-TERM", "-1").catch(() => undefined);
    process.kill(Number(pid), "SIGKILL");
    await eventually("it is back", async () => {
      const now = await driver.ok("inspect", "-f", "{{.State.Running}} {{.State.Pid}}", always);
      return now.startsWith("true ") && now !== `true ${pid}`;
    });
    await driver.ok("rm", "-f", failing, always);
  });

  test("several at once, each with its own answer", async () => {
    const names = await Promise.all(["m1", "m2", "m3"].map((name) => sleeper(name)));
    const result = await driver.run(["stop", "-t", "0", ...names, "no-such-one"]);
    expect(result.code).toBe(1);
    expect(result.stdout.trim().split("\n").sort()).toEqual(names.sort());
    expect(result.stderr).toContain("No such container: no-such-one");
    await driver.ok("rm", ...names);
  });
});
