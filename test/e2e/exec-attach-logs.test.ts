import { afterAll, beforeAll, expect, test } from "bun:test";
import { eventually } from "../support/command.ts";
import { busyboxImage as image, scenarios } from "../support/drivers.ts";

scenarios("exec, attach and logs", ({ driver }) => {
  const box = driver.own("box");

  beforeAll(async () => {
    await driver.ok("run", "-d", "--name", box, "-e", "FROM=container", "-w", "/tmp", image, "sleep", "1000");
  });
  afterAll(async () => {
    await driver.ok("rm", "-f", box);
  });

  test("exec runs beside the first process, with its environment and directory", async () => {
    const result = await driver.run([
      "exec",
      "-e",
      "MORE=1",
      box,
      "sh",
      "-c",
      "echo $FROM $MORE; pwd; echo e >&2; exit 9",
    ]);
    expect(result).toEqual({ code: 9, stdout: "container 1\n/tmp\n", stderr: "e\n" });
    expect(
      (await driver.run(["exec", "-u", "nobody", "-w", "/", box, "sh", "-c", "id -un; pwd"])).stdout,
    ).toBe("nobody\n/\n");
  });

  test("exec -i takes input with half-close", async () => {
    const result = await driver.run(["exec", "-i", box, "sort"], { input: "b\na\n" });
    expect(result).toEqual({ code: 0, stdout: "a\nb\n", stderr: "" });
  });

  test("a container that is removed while execs start leaves nothing (the engine's account says so at its end)", async () => {
    for (let round = 0; round < 6; round += 1) {
      const id = await driver.ok("run", "-d", image, "sleep", "1000");
      const execs = Array.from({ length: 4 }, () => driver.run(["exec", id, "true"]));
      await driver.ok("rm", "-f", id);
      await Promise.all(execs);
    }
  });

  test("exec -d returns at once", async () => {
    await driver.ok("exec", "-d", box, "sh", "-c", "touch /tmp/by-exec");
    await eventually(
      "it ran",
      async () => (await driver.run(["exec", box, "test", "-e", "/tmp/by-exec"])).code === 0,
    );
  });

  test("exec's errors: 127, 126, not running, no such container", async () => {
    expect((await driver.run(["exec", box, "no-such-command"])).code).toBe(127);
    expect((await driver.run(["exec", box, "/etc/passwd"])).code).toBe(126);
    const stopped = driver.own("stopped");
    await driver.ok("create", "--name", stopped, image);
    expect((await driver.fails("exec", stopped, "true")).text).toContain("is not running");
    await driver.ok("rm", stopped);
    expect((await driver.fails("exec", "no-such-one", "true")).text).toContain(
      "No such container: no-such-one",
    );
  });

  test("logs: both streams apart, tail, timestamps, since", async () => {
    const name = driver.own("talker");
    await driver.ok(
      "run",
      "--name",
      name,
      image,
      "sh",
      "-c",
      "for i in 1 2 3; do echo out $i; done; echo err >&2; sleep 0.2; printf unfinished",
    );
    const all = await driver.run(["logs", name]);
    expect(all.stdout).toBe("out 1\nout 2\nout 3\nunfinished");
    expect(all.stderr).toBe("err\n");
    expect((await driver.run(["logs", "--tail", "1", name])).stdout).toBe("unfinished");
    expect((await driver.run(["logs", "-t", name])).stdout).toMatch(
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z out 1$/m,
    );
    expect((await driver.run(["logs", "--since", "1h", name])).stdout).toBe(all.stdout);
    expect((await driver.run(["logs", "--until", "1h", name])).stdout).toBe("");
    await driver.ok("rm", name);
  });

  test("logs -f follows to the end", async () => {
    const name = driver.own("follow");
    await driver.ok(
      "run",
      "-d",
      "-i",
      "--name",
      name,
      image,
      "sh",
      "-c",
      "echo first; read x; echo second $x",
    );
    const following = driver.spawn(["logs", "-f", name]);
    const text = new Response(following.stdout).text();
    const attached = driver.spawn(["attach", name]);
    await attached.stdin.write("go\n");
    expect(await text).toBe("first\nsecond go\n");
    expect(await following.exited).toBe(0);
    await attached.exited;
    await driver.ok("rm", name);
  });

  test("a long line and many lines come whole from the log", async () => {
    const name = driver.own("long");
    await driver.ok(
      "run",
      "-d",
      "--name",
      name,
      image,
      "sh",
      "-c",
      "head -c 100000 /dev/zero | tr '\\0' x; echo; seq 1 20000",
    );
    await driver.ok("wait", name);
    const lines = (await driver.ok("logs", name)).split("\n");
    expect(lines[0]).toBe("x".repeat(100_000));
    expect(lines.slice(1)).toEqual(Array.from({ length: 20_000 }, (_, index) => String(index + 1)));
    await driver.ok("rm", name);
  });

  test("attach shows what comes, takes input, and ends with the container's code", async () => {
    const name = driver.own("attached");
    await driver.ok(
      "run",
      "-d",
      "-i",
      "--name",
      name,
      image,
      "sh",
      "-c",
      "read x; echo got $x; echo err >&2; exit 6",
    );
    const result = await driver.run(["attach", name], { input: "it\n" });
    expect(result).toEqual({ code: 6, stdout: "got it\n", stderr: "err\n" });
    expect((await driver.fails("attach", name)).text).toContain("cannot attach to a stopped container");
    await driver.ok("rm", name);
  });

  test("start -a -i attaches before it starts: nothing is lost", async () => {
    const name = driver.own("started");
    await driver.ok("create", "-i", "--name", name, image, "sh", "-c", "echo first; cat; exit 2");
    const result = await driver.run(["start", "-a", "-i", name], { input: "in\n" });
    expect(result).toEqual({ code: 2, stdout: "first\nin\n", stderr: "" });
    await driver.ok("rm", name);
  });

  test("--sig-proxy passes signals on; the command ends with the container's code", async () => {
    const child = driver.spawn([
      "run",
      "--rm",
      image,
      "sh",
      "-c",
      "trap 'echo bye; exit 4' TERM; echo ready; while :; do sleep 0.05; done",
    ]);
    const reader = child.stdout.getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toBe("ready\n");
    child.kill("SIGTERM");
    expect(new TextDecoder().decode((await reader.read()).value)).toBe("bye\n");
    expect(await child.exited).toBe(4);
  });

  test("top shows its processes", async () => {
    const table = await driver.ok("top", box);
    expect(table).toMatch(/^UID +PID +PPID +C +STIME +TTY +TIME +CMD$/m);
    expect(table).toContain("sleep 1000");
  });
});
