import { expect, test } from "bun:test";
import { busyboxImage as image, scenarios } from "../support/drivers.ts";

scenarios("why it ended", ({ driver }) => {
  if (driver.engine !== "gantry") return;

  async function reasonOf(name: string): Promise<string> {
    const [shown] = JSON.parse(await driver.ok("inspect", name)) as { State: { Reason?: string } }[];
    await driver.ok("rm", "-f", name);
    return shown?.State.Reason ?? "";
  }

  async function ended(name: string, flags: string[], ...command: string[]): Promise<string> {
    await driver.run(["run", "--name", driver.own(name), "--net", "none", ...flags, image, ...command]);
    return reasonOf(driver.own(name));
  }

  test("out of memory: the kernel's victim and its limit", async () => {
    const limits = ["-m", "20m", "--memory-swap", "20m"];
    // The log of a container's kernel is not everybody's to read: then the victim has no name.
    expect(await ended("oom", limits, "tail", "/dev/zero")).toMatch(
      /^OOM: (tail|a process) used 20 MiB of 20 MiB$/,
    );
  });

  test("out of memory: state, exit code and event, in this order", async () => {
    const name = driver.own("told");
    const since = String(Date.now() / 1000);
    const limits = ["-m", "20m", "--memory-swap", "20m", "--net", "none"];
    expect((await driver.run(["run", "--name", name, ...limits, image, "tail", "/dev/zero"])).code).toBe(137);
    expect(await driver.ok("inspect", "-f", "{{.State.OOMKilled}} {{.State.ExitCode}}", name)).toBe(
      "true 137",
    );
    const times = ["--since", since, "--until", String(Date.now() / 1000)];
    const flags = ["--filter", `container=${name}`, "--format", "{{.Action}}"];
    const actions = (await driver.ok("events", ...times, ...flags)).split("\n");
    expect(actions.slice(-2)).toEqual(["oom", "die"]);
    await driver.ok("start", name);
    await driver.ok("rm", "-f", name);
  });

  test("a signal from outside, and one by the engine", async () => {
    const name = driver.own("outside");
    await driver.ok("run", "-d", "--name", name, "--net", "none", image, "sleep", "1000");
    process.kill(Number(await driver.ok("inspect", "-f", "{{.State.Pid}}", name)), "SIGKILL");
    await driver.ok("wait", name);
    expect(await reasonOf(name)).toBe("signal 9 (SIGKILL), not sent through this engine");
    await driver.ok("run", "-d", "--name", name, "--net", "none", image, "sleep", "1000");
    await driver.ok("kill", name);
    expect(await reasonOf(name)).toBe("ended by SIGKILL as asked");
  });

  test("a command that is not there, with the one that was meant", async () => {
    expect(await ended("typo", [], "slepp", "1")).toBe("command not found: slepp: did you mean sleep?");
    expect(await ended("path", [], "/bin/slepp")).toBe(
      "command not found: /bin/slepp: did you mean /bin/sleep?",
    );
    expect(await ended("nothing", [], "/no/such/thing")).toBe("command not found: /no/such/thing");
  });

  test("an exit code says enough", async () => {
    expect(await ended("code", [], "sh", "-c", "exit 3")).toBe("");
  });

  test("ps: a placeholder, and people see it beside the status; what programs read is docker's", async () => {
    if (!driver.isGantryCommand) return;
    const name = driver.own("shown");
    await driver.run(["run", "--name", name, "--net", "none", image, "slepp"]);
    const reason = "command not found: slepp: did you mean sleep?";
    const filter = ["--filter", `name=${name}`];
    expect(await driver.ok("ps", "-a", ...filter, "--format", "{{.Status}}|{{.Reason}}")).toBe(
      `Created|${reason}`,
    );
    expect(await driver.ok("inspect", "-f", "{{.State.Reason}}", name)).toBe(reason);
    expect(await driver.ok("ps", "-a", ...filter)).not.toContain(reason);
    expect(await driver.ok("ps", "-a", ...filter, "--format", "json")).not.toContain("Reason");
    const terminal = driver.terminal(["ps", "-a", ...filter], { columns: 200, rows: 24 });
    await terminal.waitFor(`Created: ${reason}`);
    terminal.close();
    await driver.ok("rm", name);
  });
});
