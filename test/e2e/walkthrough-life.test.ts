// A learner's Docker notes, line by line: a container's life, and looking into it.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { debianMirror, importDebian } from "../support/debian-image.ts";
import { scenarios } from "../support/drivers.ts";
import { runPrefix } from "../support/paths.ts";
import { logged } from "../support/talk.ts";

const mirror = await debianMirror();

if ("missing" in mirror) test.skip(`walkthrough, lives: ${mirror.missing}`, () => {});
else {
  scenarios("walkthrough, lives", ({ driver }) => {
    const inspect = (name: string, format: string) => driver.ok("inspect", "-f", format, name);

    beforeAll(async () => importDebian(driver, mirror.uri, ["ubuntu:16.04"]), 240_000);
    afterAll(async () => {
      await driver.clean();
      await driver.ok("rmi", "-f", "ubuntu:16.04");
    }, 60_000);

    test("B8: detached with a terminal, created and started, named by us or by the engine", async () => {
      const named = driver.own("named");
      await driver.ok("run", "-dit", "--name", named, "ubuntu:16.04", "bash");
      expect(await inspect(named, "{{.State.Status}} {{.Config.Tty}} {{.Config.OpenStdin}}")).toBe(
        "running true true",
      );
      const later = driver.own("later");
      await driver.ok("create", "--name", later, "ubuntu:16.04", "true");
      expect(await inspect(later, "{{.State.Status}}")).toBe("created");
      await driver.ok("start", later);
      expect(await driver.ok("wait", later)).toBe("0");
      const id = await driver.ok("run", "-d", "ubuntu:16.04", "true");
      expect(await inspect(id, "{{.Name}}")).toMatch(/^\/[a-z]+_[a-z]+\d*$/);
      await driver.ok("wait", id);
      await driver.ok("rm", id);
    });

    test("B9: the verbs of a life", async () => {
      const name = driver.own("life");
      const status = () => inspect(name, "{{.State.Status}}");
      await driver.ok("run", "-d", "--name", name, "ubuntu:16.04", "sleep", "600");
      expect(await driver.ok("ps", "--filter", `name=${name}`, "--format", "{{.Names}} {{.State}}")).toBe(
        `${name} running`,
      );
      await driver.ok("pause", name);
      expect(await status()).toBe("paused");
      await driver.ok("unpause", name);
      await driver.ok("restart", "-t", "0", name);
      expect(await status()).toBe("running");
      expect((await driver.fails("rm", name)).text).toContain(
        "stop the container before removing or force remove",
      );
      await driver.ok("stop", "-t", "0", name);
      expect(await driver.ok("ps", "-a", "--filter", `name=${name}`, "--format", "{{.Status}}")).toMatch(
        /^Exited \(137\)/,
      );
      await driver.ok("start", name);
      await driver.ok("kill", name);
      expect(await status()).toBe("exited");
      await driver.ok("start", name);
      await driver.ok("rm", "-f", name);
      expect(await driver.ok("ps", "-aq", "--filter", `name=${name}`)).toBe("");
    });

    test("B10: looking into a running one: attach, exec, logs, stats, top, cp, diff, inspect", async () => {
      const name = driver.own("looked");
      const script =
        "echo begun; rm /etc/debian_version; echo more >> /etc/passwd; read line; echo got $line; read end";
      await driver.ok("run", "-dit", "--name", name, "ubuntu:16.04", "bash", "-c", script);
      await logged(driver, name, /begun/);
      const shell = driver.terminal(["exec", "-it", name, "bash"]);
      shell.type("cat /etc/passwd\r");
      await shell.waitFor("more");
      shell.type("exit\r");
      expect(await shell.exited()).toBe(0);
      const attached = driver.terminal(["attach", name]);
      attached.type("hello\r");
      await attached.waitFor("got hello");
      attached.type("\x10\x11");
      await attached.exited();
      for (const terminal of [shell, attached]) terminal.close();
      expect(await driver.ok("top", name)).toContain("bash -c");
      expect(await driver.ok("container", "stats", "--no-stream", name)).toContain(name);
      const directory = mkdtempSync(join(tmpdir(), runPrefix));
      const page = join(directory, "page");
      writeFileSync(page, "from the host\n");
      await driver.ok("cp", page, `${name}:/etc/in`);
      await driver.ok("cp", `${name}:/etc/in`, join(directory, "out"));
      expect(readFileSync(join(directory, "out"), "utf8")).toBe("from the host\n");
      rmSync(directory, { recursive: true });
      const changes = (await driver.ok("diff", name)).split("\n");
      expect(changes).toEqual(
        expect.arrayContaining(["A /etc/in", "C /etc/passwd", "D /etc/debian_version"]),
      );
      expect(await inspect(name, "{{.State.Status}} {{.Config.Image}}")).toBe("running ubuntu:16.04");
      await driver.ok("rm", "-f", name);
    });

    test("B11: an image of what was changed, its history, and running it", async () => {
      const name = driver.own("changed");
      const tag = driver.own("b11:v1");
      await driver.ok("run", "--name", name, "ubuntu:16.04", "bash", "-c", "echo kept > /kept");
      await driver.ok("commit", "-m", "what I did", name, tag);
      expect(await driver.ok("history", tag)).toContain("what I did");
      expect(await driver.ok("run", "--rm", tag, "cat", "/kept")).toBe("kept");
      await driver.ok("rm", name);
      await driver.ok("rmi", tag);
    });

    test("B12: cleaning up: all of them at once, and what nothing uses", async () => {
      const label = `cleaned=${driver.prefix}`;
      const own = async (command: string) => (await driver.ok(...command.split(" "))).split("\n");
      const one = await driver.ok("run", "-d", "--label", label, "ubuntu:16.04", "sleep", "1000");
      const two = await driver.ok("run", "-d", "--label", label, "ubuntu:16.04", "sleep", "1000");
      const all = `ps -a -q --no-trunc --filter label=${label}`;
      expect((await own(all)).toSorted()).toEqual([one, two].toSorted());
      await driver.ok("stop", "-t", "0", ...(await own(all)));
      await driver.ok("commit", "-c", `LABEL ${label}`, one, driver.own("b12"));
      await driver.ok("rm", two);
      expect(await driver.ok("system", "df")).toMatch(/^Images +\d+/m);
      expect(await driver.ok("container", "prune", "-f", "--filter", `label=${label}`)).toContain(one);
      expect((await driver.run(all.split(" "))).stdout).toBe("");
      const images = await own(`images -q --filter label=${label}`);
      expect(await driver.ok("rmi", "-f", ...images)).toContain(`Untagged: ${driver.own("b12")}:latest`);
      const filter = ["-f", "--filter", `label=${label}`];
      expect(await driver.ok("image", "prune", ...filter)).toBe("Total reclaimed space: 0B");
      expect(await driver.ok("system", "prune", ...filter)).toBe("Total reclaimed space: 0B");
    });
  });
}
