import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { eventually } from "../support/command.ts";
import { Driver } from "../support/driver.ts";
import { busyboxImage as image, dockerClient, scenarios } from "../support/drivers.ts";
import { ensureBusybox } from "../support/images.ts";
import { gantryBinary } from "../support/paths.ts";
import { TestEngine } from "../support/test-engine.ts";

scenarios("times to live", ({ driver }) => {
  if (driver.engine !== "gantry") return;
  const isGone = (name: string) => async () => !(await driver.containers()).includes(name);

  test("by any client's label: since its creation, running or not, its volumes too", async () => {
    const [brief, never, plain] = [driver.own("brief"), driver.own("never"), driver.own("plain")];
    const label = ["--label", "gantry.ttl=400ms", "--net", "none", "--stop-timeout", "0"];
    await driver.ok("run", "-d", "--name", brief, ...label, "--restart", "always", image, "sleep", "1000");
    await driver.ok("create", "--name", never, ...label, "-v", "/data", image);
    await driver.ok("run", "-d", "--name", plain, "--net", "none", image, "sleep", "1000");
    await eventually("the running one is gone", isGone(brief));
    await eventually("the created one is gone", isGone(never));
    expect(await driver.ok("volume", "ls", "-q", "--filter", "dangling=true")).toBe("");
    expect(await driver.containers()).toEqual([plain]);
    await driver.ok("rm", "-f", plain);
  });

  test("by idleness: one that works or is attended stays, one that rests goes", async () => {
    const [rests, works] = [driver.own("rests"), driver.own("works")];
    const label = ["--label", "gantry.idle-ttl=600ms", "--net", "none", "--stop-timeout", "0"];
    await driver.ok("run", "-d", "--name", works, ...label, image, "sh", "-c", "while :; do :; done");
    const attended = driver.own("attended");
    const shell = driver.spawn(["run", "-i", "--name", attended, ...label, image, "cat"]);
    await eventually("it runs", async () => (await driver.containers()).includes(attended));
    await driver.ok("run", "-d", "--name", rests, ...label, image, "sleep", "1000");
    await eventually("the resting one is gone", isGone(rests));
    expect((await driver.containers()).sort()).toEqual([attended, works].sort());
    await shell.stdin.end();
    await shell.exited;
    await eventually("so is the one that everybody left", isGone(attended));
    await driver.ok("rm", "-f", works);
  });

  test("a label that means nothing, and flags of the command", async () => {
    expect((await driver.fails("create", "--label", "gantry.ttl=soon", image)).text).toContain(
      'invalid label gantry.ttl="soon": the form is a duration like 90s, 10m or 1h30m',
    );
    if (!driver.isGantryCommand) return;
    const name = driver.own("flags");
    await driver.ok("create", "--name", name, "--ttl", "10m", "--idle-ttl", "1h", image);
    expect(await driver.ok("inspect", "-f", "{{json .Config.Labels}}", name)).toBe(
      '{"gantry.idle-ttl":"1h","gantry.ttl":"10m"}',
    );
    expect((await driver.fails("create", "--ttl", "soon", image)).text).toContain("--ttl");
    await driver.ok("rm", name);
  });
});

describe("leases", () => {
  let engine: TestEngine;
  let driver: Driver;
  beforeAll(async () => {
    engine = await TestEngine.start();
    driver = new Driver("gantry", "gantry", engine.host, [gantryBinary]);
    await ensureBusybox(driver);
  }, 30_000);
  afterAll(async () => {
    expect(await engine.dispose()).toEqual([]);
  });

  const run = `${gantryBinary} run -d --net none -v kept:/data ${image} sleep 1000`;
  const names = () => driver.ok("ps", "-aq", "--no-trunc");
  const nothing = async () => (await names()) === "" && (await driver.ok("volume", "ls", "-q")) === "";

  test("what a command made is gone when the command is, its exit code passes", async () => {
    const script = `${run} >/dev/null && ${gantryBinary} volume create made >/dev/null && ${gantryBinary} ps -aq | wc -l; exit 7`;
    const result = await driver.run(["lease", "sh", "-c", script]);
    expect([result.code, result.stdout.trim(), result.stderr]).toEqual([7, "1", ""]);
    expect(await nothing()).toBe(true);
    expect((await driver.run(["lease", "no-such-program"])).code).toBe(127);
  });

  test("any Docker client works under it without knowing", async () => {
    const docker = dockerClient();
    if (docker === undefined) return;
    const script = `${docker.command} run -d --net none ${image} sleep 1000; ${docker.command} volume create made`;
    const seen = `${gantryBinary} ps -a --format '{{.Label "gantry.lease"}}'`;
    const env = { DOCKER_CONFIG: docker.config };
    const result = await driver.run(["lease", "--id", "theirs", "sh", "-c", `${script}; ${seen}`], { env });
    expect(result.stdout).toMatch(/^[0-9a-f]{64}\nmade\ntheirs\n$/);
    expect(await nothing()).toBe(true);
  });

  test("and when its holder is killed with no chance to clean up", async () => {
    const other = await driver.ok("run", "-d", "--net", "none", image, "sleep", "1000");
    const holder = driver.spawn(["lease", "--id", "mine", "sh", "-c", `${run}; read end`]);
    const made = await eventually("it made a container", async () =>
      (await names()).split("\n").find((id) => id !== other),
    );
    expect(await driver.ok("inspect", "-f", '{{index .Config.Labels "gantry.lease"}}', made)).toBe("mine");
    expect(await driver.ok("volume", "ls", "-q")).toBe("kept");
    expect((await driver.fails("lease", "--id", "mine", "true")).text).toContain(
      "lease mine is held by another client",
    );
    holder.kill("SIGKILL");
    await eventually("only the other one is left", async () => (await names()) === other);
    await holder.stdin.end();
    await driver.ok("rm", "-f", other);
    expect(await nothing()).toBe(true);
  });

  test("a label of a lease that nobody holds is refused", async () => {
    expect((await driver.fails("create", "--label", "gantry.lease=none", image)).text).toContain(
      "nobody holds the lease none: open it first by POST /leases?id=none",
    );
  });

  test("the engine's own end takes nothing; who held the lease comes back to it", async () => {
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      const first = await hold("back");
      const id = await driver.ok(
        "run",
        "-d",
        "--net",
        "none",
        "--label",
        "gantry.lease=back",
        image,
        "sleep",
        "99",
      );
      await engine.end(signal);
      await first.cancel().catch(() => undefined);
      await engine.start();
      expect(await names()).toBe(id);
      const second = await hold("back");
      await second.cancel();
      await eventually("gone with its second holder", nothing);
    }
  });

  /** A client of the API alone; answers how to leave. */
  async function hold(id: string): Promise<ReadableStreamDefaultReader<Uint8Array>> {
    const answer = await fetch(`http://engine/leases?id=${id}`, { method: "POST", unix: engine.socket });
    const reader = answer.body?.getReader() as ReadableStreamDefaultReader<Uint8Array>;
    expect(new TextDecoder().decode((await reader.read()).value)).toContain(`"Id":"${id}"`);
    return reader;
  }

  test("a time to live goes on while no engine lives", async () => {
    await driver.ok("run", "-d", "--net", "none", "--ttl", "1s", "--stop-timeout", "0", image, "sleep", "99");
    await engine.end("SIGKILL");
    await engine.start();
    await eventually("it is gone", nothing);
  });
});
