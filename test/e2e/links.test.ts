import { expect, test } from "bun:test";
import { eventually } from "../support/command.ts";
import { busyboxImage as image, scenarios } from "../support/drivers.ts";

scenarios("links of the default bridge", (scene) => {
  const { driver } = scene;

  async function address(name: string): Promise<string> {
    return await driver.ok("inspect", "-f", "{{.NetworkSettings.IPAddress}}", name);
  }

  async function linked(linker: string): Promise<string> {
    const names = `${driver.own("linked")}-db`;
    return await driver.ok("exec", linker, "sh", "-c", `grep ${names} /etc/hosts | cut -f1`);
  }

  test("a linker reaches what it is linked to by alias, also after that one has come back elsewhere", async () => {
    const [web, db, other] = [driver.own("linked"), driver.own("linked-db"), driver.own("taker")];
    const serve = "while :; do echo hello | nc -l -p 80 >/dev/null; done";
    await driver.ok("run", "-d", "--name", db, "--expose", "80", image, "sh", "-c", serve);
    await driver.ok("run", "-d", "--name", web, "--link", `${db}:db`, image, "sleep", "1000");
    const first = await address(db);
    expect(await linked(web)).toBe(first);
    const call = ["exec", web, "sh", "-c", "nc -w 5 db 80 </dev/null"];
    expect(await eventually("it answers", async () => (await driver.run(call)).stdout)).toBe("hello\n");
    await driver.ok("stop", "-t", "0", db);
    await driver.ok("run", "-d", "--name", other, image, "sleep", "1000");
    await driver.ok("start", db);
    expect(await linked(web)).toBe(await address(db));
    await driver.ok("rm", "-f", web, db, other);
  });

  test("after the engine has started again, linked containers run before their linkers", async () => {
    const { engine } = scene;
    if (engine === undefined) return;
    const [web, db] = [driver.own("again"), driver.own("again-db")];
    await driver.ok("run", "-d", "--restart", "always", "--name", db, image, "sleep", "1000");
    await driver.ok(
      "run",
      "-d",
      "--restart",
      "always",
      "--name",
      web,
      "--link",
      `${db}:db`,
      image,
      "sleep",
      "1000",
    );
    const pids = (await driver.ok("inspect", "-f", "{{.State.Pid}}", web, db)).split("\n");
    await engine.end("SIGKILL");
    for (const pid of pids) process.kill(Number(pid), "SIGKILL");
    await engine.start();
    await eventually("both run", async () => {
      const states = await driver.ok("inspect", "-f", "{{.State.Status}} {{.RestartCount}}", web, db);
      return states === "running 1\nrunning 1";
    });
    expect(await driver.ok("exec", web, "grep", "-c", `${await address(db)}.*db`, "/etc/hosts")).toBe("1");
    await driver.ok("rm", "-f", web, db);
  });
});
