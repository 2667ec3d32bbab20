import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { once } from "node:events";
import { connect } from "node:net";
import { eventually } from "../support/command.ts";
import { ask, CrashRig, gone, greeting, script } from "../support/crash-rig.ts";
import { busyboxImage as image } from "../support/images.ts";

// A bound for what hangs.
setDefaultTimeout(60_000);

const port = 24780;
const echoPort = 24781;
const counting = "i=0; while :; do i=$((i+1)); echo $i; sleep 0.01; done";

/** Ends like `script`, but runs on when it is started again. */
function endsOnce(code: number): string[] {
  return ["sh", "-c", `[ ! -e /tmp/end ] || exec sleep 1000; ${script(code).at(-1)}`];
}

describe("kill -9 with many containers", () => {
  let rig: CrashRig;
  const own = (name: string) => rig.driver.own(name);
  const run = (name: string, flags: string[], ...command: string[]) =>
    rig.driver.ok("run", "-d", "--name", own(name), ...flags, image, ...command);
  const lines = async (name: string) => (await rig.driver.ok("logs", own(name))).split("\n").map(Number);

  const exitCodes = [0, 1, 3, 42, 125, 126, 127, 255];
  const pids = new Map<string, number>();
  let open: ReturnType<typeof connect>;
  let heard = "";

  beforeAll(async () => {
    rig = await CrashRig.start();
    await Promise.all([
      ...exitCodes.map((code) => run(`exit${code}`, [], ...script(code))),
      run("auto1", ["--rm", "-v", "/anonymous"], ...script(0)),
      run("auto2", ["--rm"], ...script(5)),
      run("always", ["--restart", "always"], ...endsOnce(0)),
      run("failing", ["--restart", "on-failure:5"], ...endsOnce(4)),
      run("succeeding", ["--restart", "on-failure:5"], ...script(0)),
      run("killed", [], "sleep", "1000"),
      run("paused", [], "sh", "-c", counting),
      run("counting", [], "sh", "-c", counting),
      run("web", ["-p", `${port}:80`], ...script(6)),
      run("echo", ["-p", `${echoPort}:80`], "nc", "-l", "-p", "80", "-e", "cat"),
      run("reading", ["-i"], "cat"),
      run("terminal", ["-it"], "sh"),
    ]);
    await rig.driver.ok("pause", own("paused"));
    await eventually("it counts", async () => (await lines("counting")).length > 10);
    open = connect(echoPort, "127.0.0.1");
    open.on("data", (data) => (heard += data.toString()));
    await once(open, "connect");
    for (const name of await rig.driver.containers()) pids.set(name, await rig.pid(name));
    open.write("before ");
    await eventually("the connection answers", () => heard === "before ");
    const ending = [
      ...exitCodes.map((code) => `exit${code}`),
      "auto1",
      "auto2",
      "always",
      "failing",
      "succeeding",
    ];
    await rig.endUnseen(ending.map(own));
    const killed = pids.get(own("killed")) ?? 0;
    process.kill(killed, "SIGKILL");
    await gone(killed);
  });
  afterAll(async () => {
    open.destroy();
    await rig.expectClean();
    expect(await rig.engine.dispose()).toEqual([]);
  });

  test("while no engine lives, ports answer and connections stay", async () => {
    expect(await eventually("the port answers", () => ask(port))).toBe(greeting);
    open.write("meanwhile ");
    await eventually("the connection answers", () => heard.endsWith("meanwhile "));
    await rig.start();
    open.write("after ");
    await eventually("the connection answers", () => heard === "before meanwhile after ");
    expect(await eventually("the port answers", () => ask(port))).toBe(greeting);
  });

  test.each(exitCodes)("exit code %d is known", async (code) => {
    expect(await rig.state(own(`exit${code}`))).toBe(`exited ${code}`);
    expect(await rig.driver.ok("wait", own(`exit${code}`))).toBe(String(code));
  });

  test("one that was killed has 137", async () => {
    expect(await rig.state(own("killed"))).toBe("exited 137");
  });

  test("those with --rm are gone, with their volumes", async () => {
    await eventually(
      "they are gone",
      async () => !(await rig.driver.containers()).some((name) => name.includes("auto")),
    );
    expect(await rig.driver.ok("volume", "ls", "-q")).toBe("");
  });

  test("restart policies have been followed", async () => {
    for (const [name, count] of [
      ["always", "1"],
      ["failing", "1"],
    ] as const) {
      await eventually(`${name} runs again`, async () => (await rig.state(own(name))).startsWith("running"));
      expect(await rig.inspect(own(name), "{{.RestartCount}}")).toBe(count);
      expect(await rig.pid(own(name))).not.toBe(pids.get(own(name)));
    }
    expect(await rig.state(own("succeeding"))).toBe("exited 0");
  });

  test("the others run on, the same processes as before", async () => {
    for (const name of ["counting", "web", "echo", "reading", "terminal"]) {
      expect(await rig.state(own(name))).toBe("running 0");
      expect(await rig.pid(own(name))).toBe(pids.get(own(name)) ?? 0);
    }
  });

  test("no line of a log is missing", async () => {
    const before = (await lines("counting")).length;
    await eventually("it counts on", async () => (await lines("counting")).length > before + 10);
    const counted = await lines("counting");
    expect(counted).toEqual(counted.map((_, index) => index + 1));
  });

  test("a paused one is paused, and goes on when it is unpaused", async () => {
    expect(await rig.state(own("paused"))).toBe("paused 0");
    const before = (await lines("paused")).length;
    await rig.driver.ok("unpause", own("paused"));
    await eventually("it counts on", async () => (await lines("paused")).length > before);
    const counted = await lines("paused");
    expect(counted).toEqual(counted.map((_, index) => index + 1));
  });

  test("exec works, attach reads and writes, resize reaches the terminal", async () => {
    expect(await rig.driver.ok("exec", own("reading"), "echo", "in it")).toBe("in it");
    const attached = rig.driver.spawn(["attach", own("reading")]);
    await attached.stdin.write("to cat\n");
    await attached.stdin.flush();
    const { value } = await attached.stdout.getReader().read();
    expect(new TextDecoder().decode(value)).toBe("to cat\n");
    attached.kill("SIGKILL");
    await attached.exited;
    using terminal = rig.driver.terminal(["attach", own("terminal")], { columns: 91, rows: 33 });
    // The client resizes in two steps to have the screen drawn anew: only the second is the terminal's size.
    await eventually("the size is known", async () => {
      terminal.type("stty size\n");
      return (await terminal.waitFor(/\d+ \d+\r/))[0] === "33 91\r";
    });
  });

  test("a container survives one kill after another, with an exec in each life", async () => {
    const name = own("counting");
    for (let life = 0; life < 3; life += 1) {
      expect(await rig.driver.ok("exec", name, "echo", "alive")).toBe("alive");
      const exec = rig.driver.spawn(["exec", name, "sleep", "1000"]);
      await eventually("the exec runs", async () =>
        (await rig.driver.ok("top", name)).includes("sleep 1000"),
      );
      await rig.crash();
      await exec.exited;
      expect(await rig.pid(name)).toBe(pids.get(name) ?? 0);
    }
    const counted = await lines("counting");
    expect(counted).toEqual(counted.map((_, index) => index + 1));
  });

  test("wait over a kill hears the right code", async () => {
    await rig.crash();
    const waiting = rig.driver.spawn(["wait", own("web")]);
    await rig.letEnd(own("web"));
    expect(await new Response(waiting.stdout).text()).toBe("6\n");
  });

  test("a pause that was cut short is seen", async () => {
    await rig.dieAt("pause:frozen", ["pause", own("counting")]);
    expect(await rig.state(own("counting"))).toBe("paused 0");
    await rig.dieAt("unpause:thawed", ["unpause", own("counting")]);
    expect(await rig.state(own("counting"))).toBe("running 0");
  });
});
