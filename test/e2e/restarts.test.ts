import { expect, test } from "bun:test";
import { eventually } from "../support/command.ts";
import { busyboxImage as image, scenarios } from "../support/drivers.ts";

scenarios("restarts", ({ driver }) => {
  const failing = (name: string, policy: string) =>
    driver.ok("run", "-d", "--name", name, "--net", "none", "--restart", policy, image, "sh", "-c", "exit 3");
  const shown = (name: string) =>
    driver.ok("inspect", "-f", "{{.State.Status}} {{.RestartCount}} {{.State.ExitCode}}", name);
  const stopped = /^exited \d+ 3$/;

  /** By its fifth restart it waits 1.6 s and more each time. */
  async function waiting(...names: string[]) {
    await Promise.all(names.map((name) => failing(name, "always")));
    for (const name of names)
      await eventually("it waits for long", async () =>
        /^restarting ([5-9]|\d\d) 3$/.test(await shown(name)),
      );
  }

  test("a start by the user is the first again", async () => {
    const name = driver.own("anew");
    await failing(name, "on-failure:1");
    await eventually("it gave up", async () => (await shown(name)) === "exited 1 3");
    const since = String(Date.now() / 1000);
    await driver.ok("start", name);
    await eventually("it gave up again", async () => {
      const until = String(Date.now() / 1000);
      const times = ["--since", since, "--until", until, "--filter", `container=${name}`];
      const starts = await driver.ok(
        "events",
        ...times,
        "--filter",
        "event=start",
        "--format",
        "{{.Action}}",
      );
      return starts === "start\nstart" && (await shown(name)) === "exited 1 3";
    });
    await driver.ok("rm", name);
  });

  test("while it waits for its next start: what is refused, and what ends the waiting", async () => {
    const [one = "", two = "", three = ""] = ["w1", "w2", "w3"].map((name) => driver.own(name));
    await waiting(one, two, three);
    const id = await driver.ok("inspect", "-f", "{{.Id}}", one);
    const busy = `Container ${id} is restarting, wait until the container is running`;
    for (const command of [
      ["pause", one],
      ["top", one],
      ["exec", one, "true"],
    ])
      expect((await driver.fails(...command)).text).toContain(busy);
    expect((await driver.fails("rm", one)).text).toContain(
      `cannot remove container "${one}": container is restarting: stop the container before removing or force remove`,
    );
    const ended = driver.run(["wait", one]);
    await driver.ok("stop", one);
    expect((await ended).stdout).toBe("3\n");
    await driver.ok("kill", two);
    await driver.ok("rm", "-f", three);
    expect(await shown(one)).toMatch(stopped);
    expect(await shown(two)).toMatch(stopped);
    await driver.ok("rm", one, two);
  });
});
