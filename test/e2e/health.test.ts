import { expect, test } from "bun:test";
import type { ContainerState } from "../../src/spec/api/container.ts";
import { eventually, patience } from "../support/command.ts";
import { Driver } from "../support/driver.ts";
import { busyboxImage as image, scenarios } from "../support/drivers.ts";
import { ensureBusybox } from "../support/images.ts";
import { gantryBinary } from "../support/paths.ts";
import { TestEngine } from "../support/test-engine.ts";

type Health = NonNullable<ContainerState["Health"]>;

async function healthOf(driver: Driver, name: string): Promise<Health> {
  return JSON.parse(await driver.ok("inspect", "-f", "{{json .State.Health}}", name)) as Health;
}

/** Resolves with the lines of `events` up to the first that holds `last`. */
async function eventsUntil(driver: Driver, name: string, last: string, act: () => Promise<unknown>) {
  // Replayed from now on: it does not matter when the command has come up.
  const since = ["--since", String(Date.now() / 1000)];
  const events = driver.spawn([
    "events",
    ...since,
    "--filter",
    `container=${name}`,
    "--format",
    "{{.Action}}",
  ]);
  const lines: string[] = [];
  const reader = (async () => {
    let rest = "";
    for await (const text of events.stdout.pipeThrough(new TextDecoderStream())) {
      const parts = (rest + text).split("\n");
      rest = parts.pop() ?? "";
      lines.push(...parts);
      if (lines.includes(last)) break;
    }
  })();
  await act();
  await reader;
  events.kill();
  return lines;
}

const check = (command: string, ...more: string[]) => [
  "--health-cmd",
  command,
  "--health-interval",
  "100ms",
  "--net",
  "none",
  ...more,
];

scenarios("health", ({ driver }) => {
  test("starting, unhealthy, healthy: ps, inspect, filters and events agree", async () => {
    const name = driver.own("life");
    const shown = () => driver.ok("ps", "--filter", `name=${name}`, "--format", "{{.Status}}");
    const found = (health: string) =>
      driver.ok("ps", "--filter", `name=${name}`, "--filter", `health=${health}`, "--format", "{{.Names}}");
    const flags = check("echo asked; test -e /ok", "--health-retries", "2");
    await driver.ok("create", "--name", name, ...flags, image, "sleep", "1000");
    expect(await driver.ok("inspect", "-f", "{{.State.Health}}", name)).toBe("<nil>");
    const actions = await eventsUntil(driver, name, "health_status: unhealthy", async () => {
      await driver.ok("start", name);
      expect(await shown()).toMatch(/ \((health: starting|unhealthy)\)$/);
    });
    expect(actions.filter((action) => action === "exec_die").length).toBeGreaterThanOrEqual(2);
    expect(actions).toContain("exec_create: /bin/sh -c echo asked; test -e /ok");
    expect(actions).toContain("exec_start: /bin/sh -c echo asked; test -e /ok");
    expect(await shown()).toEndWith(" (unhealthy)");
    expect(await found("unhealthy")).toBe(name);
    const bad = await healthOf(driver, name);
    expect(bad.FailingStreak).toBeGreaterThanOrEqual(2);
    expect(bad.Log?.at(-1)).toMatchObject({ ExitCode: 1, Output: "asked\n" });
    await eventsUntil(driver, name, "health_status: healthy", () => driver.ok("exec", name, "touch", "/ok"));
    expect(await shown()).toEndWith(" (healthy)");
    expect([await found("healthy"), await found("none"), await found("starting")]).toEqual([name, "", ""]);
    await driver.ok("rm", "-f", name);
  });

  test("within the start period failures do not count, and probes come faster", async () => {
    const name = driver.own("slow");
    const times = ["--health-start-period", "1h", "--health-start-interval", "50ms", "--health-retries", "1"];
    const flags = ["--health-cmd", "false", "--health-interval", "1h", "--net", "none", ...times];
    await driver.ok("run", "-d", "--name", name, ...flags, image, "sleep", "1000");
    const health = await eventually("five probes", async () => {
      const now = await healthOf(driver, name);
      return now.Log?.length === 5 && now;
    });
    expect([health.Status, health.FailingStreak]).toEqual(["starting", 0]);
    await driver.ok("rm", "-f", name);
  });

  test("a probe that takes too long is killed; output is cut; one that cannot run says why", async () => {
    const names = ["late", "long", "lost"].map((word) => driver.own(word));
    const [late = "", long = "", lost = ""] = names;
    const once = ["--health-interval", "100ms", "--net", "none", "--health-retries", "1"];
    const timeout = patience === 1 ? "300ms" : `${patience}s`;
    const slow = ["--health-cmd", "echo early; sleep 600", "--health-timeout", timeout];
    await driver.ok("run", "-d", "--name", late, ...once, ...slow, image, "sleep", "1000");
    const noise = "head -c 5000 /dev/zero | tr '\\0' x";
    await driver.ok("run", "-d", "--name", long, ...once, "--health-cmd", noise, image, "sleep", "1000");
    const change = 'HEALTHCHECK --interval=100ms CMD ["/no-such-probe"]';
    const odd = driver.own("odd-image");
    await driver.ok("commit", "-c", change, late, odd);
    await driver.ok("run", "-d", "--name", lost, "--net", "none", odd, "sleep", "1000");
    const first = (name: string) =>
      eventually(`a probe of ${name}`, async () => (await healthOf(driver, name)).Log?.[0]);
    expect(await first(late)).toMatchObject({
      ExitCode: -1,
      Output: `Health check exceeded timeout (${timeout}): early\n`,
    });
    expect((await first(long)).Output).toBe(`${"x".repeat(4096)}...`);
    const failed = await first(lost);
    expect(failed.ExitCode).toBe(-1);
    expect(failed.Output).toStartWith(
      'OCI runtime exec failed: exec failed: unable to start container process: exec: "/no-such-probe": ',
    );
    const processes = await driver.ok("top", late, "-eo", "pid,args");
    expect(processes.split("\n").filter((line) => line.includes("echo early")).length).toBeLessThanOrEqual(1);
    await driver.ok("rm", "-f", ...names);
    await driver.ok("rmi", odd);
  });

  test("an image's check can be replaced in part, and switched off", async () => {
    const base = driver.own("base");
    const checked = driver.own("checked");
    await driver.ok("create", "--name", base, image);
    await driver.ok("commit", "-c", "HEALTHCHECK --interval=7s --retries=4 CMD true", base, checked);
    const shown = async (...flags: string[]) => {
      const name = driver.own("shown");
      await driver.ok("run", "-d", "--name", name, "--net", "none", ...flags, checked, "sleep", "1000");
      const text = await driver.ok(
        "inspect",
        "-f",
        "{{json .Config.Healthcheck}} {{json .State.Health}}",
        name,
      );
      await driver.ok("rm", "-f", name);
      return text;
    };
    expect(await shown()).toStartWith(
      '{"Test":["CMD-SHELL","true"],"Interval":7000000000,"Retries":4} {"Status":"starting"',
    );
    expect(await shown("--health-interval", "9s")).toStartWith(
      '{"Test":["CMD-SHELL","true"],"Interval":9000000000,"Retries":4}',
    );
    expect(await shown("--no-healthcheck")).toBe('{"Test":["NONE"],"Interval":7000000000,"Retries":4} null');
    await driver.ok("rm", base);
    await driver.ok("rmi", checked);
  });

  test("pause and stop: nobody asks, and that is called unhealthy; a start begins anew", async () => {
    const name = driver.own("rests");
    const shown = () => driver.ok("inspect", "-f", "{{.State.Status}} {{.State.Health.Status}}", name);
    await driver.ok("run", "-d", "--name", name, ...check("true"), image, "sleep", "1000");
    const healthy = () => eventually("healthy", async () => (await shown()) === "running healthy");
    await healthy();
    await driver.ok("pause", name);
    expect(await shown()).toBe("paused unhealthy");
    await driver.ok("unpause", name);
    await healthy();
    await driver.ok("kill", name);
    expect(await shown()).toBe("exited unhealthy");
    await driver.ok("start", name);
    expect(await shown()).toMatch(/^running (starting|healthy)$/);
    await driver.ok("rm", "-f", name);
  });

  test("--restart on-unhealthy:N: ended and started again, so often; Docker sees on-failure", async () => {
    if (driver.engine !== "gantry") return;
    const name = driver.own("again");
    const flags = check(
      "false",
      "--health-retries",
      "1",
      "--stop-timeout",
      "0",
      "--restart",
      "on-unhealthy:2",
    );
    const actions = await eventsUntil(driver, name, "health_status: unhealthy", async () => {
      await driver.ok("run", "-d", "--name", name, ...flags, image, "sleep", "1000");
    });
    expect(actions).toContain("start");
    const state = () => driver.ok("inspect", "-f", "{{.RestartCount}} {{.State.Health.Status}}", name);
    await eventually("restarted twice, then left", async () => (await state()) === "2 unhealthy");
    expect(await driver.ok("inspect", "-f", "{{json .HostConfig.RestartPolicy}}", name)).toBe(
      '{"Name":"on-failure","MaximumRetryCount":2}',
    );
    expect(await driver.ok("inspect", "-f", '{{index .Config.Labels "gantry.restart"}}', name)).toBe(
      "on-unhealthy:2",
    );
    await driver.ok("update", "--restart", "no", name);
    expect(await driver.ok("inspect", "-f", "{{len .Config.Labels}}", name)).toBe("0");
    await driver.ok("rm", "-f", name);
  });
});

test("health survives the engine's death: what was known stays, and probes go on", async () => {
  const engine = await TestEngine.start();
  try {
    const driver = new Driver("gantry", "gantry", engine.host, [gantryBinary]);
    await ensureBusybox(driver);
    const shown = () => driver.ok("ps", "--filter", "name=checked", "--format", "{{.Status}}");
    const flags = ["--health-cmd", "test -e /ok", "--health-interval", "50ms", "--health-retries", "1"];
    await driver.ok("run", "-d", "--name", "checked", ...flags, image, "sh", "-c", "touch /ok; sleep 1000");
    await eventually("healthy", async () => (await shown()).endsWith("(healthy)"));
    await engine.end("SIGKILL");
    await engine.start();
    expect(await shown()).toEndWith("(healthy)");
    await driver.ok("exec", "checked", "rm", "/ok");
    await eventually("unhealthy", async () => (await shown()).endsWith("(unhealthy)"));
    await driver.ok("rm", "-f", "checked");
  } finally {
    expect(await engine.dispose()).toEqual([]);
  }
});
