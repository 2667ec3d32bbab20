import { afterAll, beforeAll, expect, test } from "bun:test";
import { busyboxImage as image, scenarios } from "../support/drivers.ts";

scenarios("looking", ({ driver }) => {
  const [web, idle] = [driver.own("web"), driver.own("idle")];

  beforeAll(async () => {
    const ports = ["-p", "127.0.0.1:24870:80", "--expose", "90-92"];
    await driver.ok("run", "-d", "--name", web, ...ports, image, "sleep", "1000");
    await driver.ok("create", "--name", idle, "-p", "24871:80", image);
  });
  afterAll(async () => {
    await driver.ok("rm", "-f", web, idle);
  });

  async function found(filter: string): Promise<string[]> {
    const flags = ["--filter", `name=${driver.prefix}`, "--filter", filter, "--format", "{{.Names}}"];
    return (await driver.ok("ps", "-a", ...flags)).split("\n").filter((name) => name !== "");
  }

  test("ps by published and by exposed port: what a running container has", async () => {
    for (const port of ["24870", "24870/tcp", "24860-24880"])
      expect(await found(`publish=${port}`)).toEqual([web]);
    for (const port of ["80", "24871", "24870/udp"]) expect(await found(`publish=${port}`)).toEqual([]);
    for (const port of ["80", "91/tcp", "80-90"]) expect(await found(`expose=${port}`)).toEqual([web]);
    const refused = await driver.fails("ps", "--filter", "publish=90-80");
    expect(refused.text).toContain(
      "error while looking up for publish 90-80: Invalid range specified for the Port: 90-80",
    );
  });

  test("ps by what no container here is: tasks", async () => {
    expect((await found("is-task=false")).sort()).toEqual([idle, web].sort());
    expect(await found("is-task=true")).toEqual([]);
    expect((await driver.fails("ps", "--filter", "is-task=x")).text).toContain(
      "invalid filter 'is-task=[x]'",
    );
    expect((await driver.fails("ps", "--filter", "exited=x")).text).toContain(
      `invalid filter 'exited=x': strconv.Atoi: parsing "x": invalid syntax`,
    );
  });

  test("top: any column of ps, and what ps itself refuses", async () => {
    expect((await driver.ok("top", web, "-o", "pid,args")).split("\n")[1]).toMatch(/^\d+ +sleep 1000$/);
    expect((await driver.fails("top", web, "-o", "args")).text).toContain(
      "Couldn't find PID field in ps output",
    );
    expect((await driver.fails("top", web, "-o", "bogus")).text).toMatch(
      /ps: error: unknown user-defined format specifier "bogus"$/m,
    );
    expect((await driver.fails("top", web, "-eo x=PID")).text).toContain(`specifying "x=PID" is not allowed`);
  });

  test("events tell of every look and every command", async () => {
    const since = String(Date.now() / 1000);
    await driver.ok("exec", web, "true");
    await driver.ok("top", web);
    const times = ["--since", since, "--until", String(Date.now() / 1000)];
    const flags = ["--filter", `container=${web}`, "--filter", "no-such-filter=x", "--format", "{{.Action}}"];
    // dockerd tells of an exec's end a moment after its client has gone.
    const actions = (await driver.ok("events", ...times, ...flags)).split("\n");
    expect(actions.filter((action) => action !== "exec_die")).toEqual([
      "exec_create: true ",
      "exec_start: true ",
      "top",
    ]);
  });
});
