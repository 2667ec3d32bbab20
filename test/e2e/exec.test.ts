import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { busyboxImage as image, scenarios } from "../support/drivers.ts";

scenarios("exec", ({ driver }) => {
  const box = driver.own("box");
  let directory = "";

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "gantry-exec-"));
    await driver.ok("run", "-d", "--name", box, "-e", "FROM=container", image, "sleep", "1000");
  });
  afterAll(async () => {
    await driver.ok("rm", "-f", box);
    await rm(directory, { recursive: true });
  });

  test("50 at once, each with its own output and code", async () => {
    const numbers = Array.from({ length: 50 }, (_, index) => index);
    const results = await Promise.all(
      numbers.map((number) => driver.run(["exec", box, "sh", "-c", `echo ${number}; exit ${number}`])),
    );
    expect(results).toEqual(numbers.map((number) => ({ code: number, stdout: `${number}\n`, stderr: "" })));
    // Nothing of them stays.
    expect(await driver.ok("exec", box, "sh", "-c", "ls -d /proc/[0-9]* | wc -l")).toMatch(/^[2-5]$/);
  });

  test("--env-file, -e over it, the container's environment below both", async () => {
    const file = join(directory, "env");
    writeFileSync(file, "A=1\n# a comment\nB=two words\nC=file\n");
    const shown = await driver.ok(
      "exec",
      "--env-file",
      file,
      "-e",
      "C=flag",
      box,
      "sh",
      "-c",
      "echo $A,$B,$C,$FROM",
    );
    expect(shown).toBe("1,two words,flag,container");
    const missing = await driver.fails("exec", "--env-file", join(directory, "none"), box, "true");
    expect(missing.text).toContain("no such file or directory");
  });

  test("-u by number and name, -w; what is not there is refused", async () => {
    expect(await driver.ok("exec", "-u", "12:34", "-w", "/etc", box, "sh", "-c", "id -u; id -g; pwd")).toBe(
      "12\n34\n/etc",
    );
    expect((await driver.fails("exec", "-u", "nosuch", box, "true")).text).toContain(
      "unable to find user nosuch: no matching entries in passwd file",
    );
    expect((await driver.fails("exec", "-w", "nosuch", box, "pwd")).code).toBe(128);
  });

  test("--privileged has the capabilities that others lack", async () => {
    const capabilities = ["sh", "-c", "sed -n 's/^CapEff:[^0-9a-f]*//p' /proc/self/status"];
    const sysAdmin = async (...flags: string[]) =>
      (BigInt(`0x${await driver.ok("exec", ...flags, box, ...capabilities)}`) >> 21n) & 1n;
    expect([await sysAdmin(), await sysAdmin("--privileged")]).toEqual([0n, 1n]);
  });

  test("-it is a terminal with its size; detach keys leave it running", async () => {
    const terminal = driver.terminal(
      [
        "exec",
        "-it",
        "--detach-keys",
        "ctrl-a,z",
        box,
        "sh",
        "-c",
        "until stty size 2>/dev/null | grep '31 91'; do usleep 10000; done; cat",
      ],
      { columns: 91, rows: 31 },
    );
    await terminal.waitFor("31 91");
    terminal.resize(77, 22);
    terminal.type("still here\r");
    await terminal.waitFor("still here\r\nstill here");
    terminal.type("\x01z");
    expect(await terminal.exited()).toBe(1);
    expect(terminal.seen).toContain("read escape sequence");
    expect(await driver.ok("exec", box, "sh", "-c", "ps | grep -c '[c]at'")).not.toBe("0");
    await driver.ok("exec", box, "killall", "cat");
    terminal.close();
  });

  test("in a paused or stopped container it is refused", async () => {
    await driver.ok("pause", box);
    const paused = await driver.fails("exec", box, "true");
    expect(paused.text).toContain(`Container ${box} is paused, unpause the container before exec`);
    await driver.ok("unpause", box);
    const stopped = driver.own("stopped");
    const id = await driver.ok("create", "--name", stopped, image, "true");
    expect((await driver.fails("exec", stopped, "true")).text).toContain(`container ${id} is not running`);
    await driver.ok("rm", stopped);
  });

  test("killed by a signal: 128 and its number; bad detach keys are refused", async () => {
    expect((await driver.run(["exec", box, "sh", "-c", "kill -9 $$"])).code).toBe(137);
    const bad = await driver.fails("exec", "--detach-keys", "ctrl-", box, "true");
    expect(bad.text).toContain("Invalid escape keys (ctrl-) provided");
  });
});
