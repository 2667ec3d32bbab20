// A learner's Docker notes, line by line: what a container is, shells, files, mistakes.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { debianMirror, importDebian } from "../support/debian-image.ts";
import { scenarios } from "../support/drivers.ts";
import { importTree } from "../support/images.ts";
import { runPrefix } from "../support/paths.ts";
import { page, publishedPort } from "../support/talk.ts";

const names = ["ubuntu:16.04", "ubuntu:latest", "centos:latest", "httpd:latest"];
const mirror = await debianMirror();

if ("missing" in mirror) test.skip(`walkthrough: ${mirror.missing}`, () => {});
else {
  scenarios("walkthrough", ({ driver }) => {
    const inspect = (name: string, format: string) => driver.ok("inspect", "-f", format, name);

    beforeAll(async () => importDebian(driver, mirror.uri, names), 240_000);
    afterAll(async () => {
      await driver.clean();
      const built = ["app:1", "app:2"].map((tag) => driver.own(tag));
      await driver.ok("rmi", "-f", ...names, ...built);
    }, 60_000);

    test("A1: a command is API calls, and --debug shows them", async () => {
      const { code, stderr } = await driver.run(["--debug", "run", "--rm", "ubuntu:16.04", "true"]);
      expect(code).toBe(0);
      if (!driver.isGantryCommand) return;
      for (const call of ["create 201", "[0-9a-f]{64}/start 204"])
        expect(stderr).toMatch(new RegExp(`POST /v1.51/containers/${call}`));
    });

    test("A2: six kinds of namespaces, each the container's own unless shared", async () => {
      const kinds = ["pid", "net", "ipc", "mnt", "uts"];
      const script = `for kind in ${kinds.join(" ")}; do readlink /proc/self/ns/$kind; done`;
      const host = kinds.map((kind) => readlinkSync(`/proc/self/ns/${kind}`));
      const own = (await driver.ok("run", "--rm", "ubuntu:16.04", "bash", "-c", script)).split("\n");
      expect(own.filter((link) => host.includes(link))).toEqual([]);
      const name = driver.own("seen");
      await driver.ok("run", "-d", "--name", name, "ubuntu:16.04", "sleep", "1000");
      const pid = await inspect(name, "{{.State.Pid}}");
      const outside = kinds.map((kind) => readlinkSync(`/proc/${pid}/ns/${kind}`));
      expect(outside.filter((link) => host.includes(link))).toEqual([]);
      expect((await driver.ok("exec", name, "bash", "-c", script)).split("\n")).toEqual(outside);
      const share = ["--pid=host", "--ipc=host", "--uts=host", "--network=host", "--userns=host"];
      const shared = await driver.ok("run", "--rm", ...share, "ubuntu:16.04", "bash", "-c", script);
      const links = shared.split("\n");
      for (const kind of ["pid", "net", "ipc", "uts"]) {
        const index = kinds.indexOf(kind);
        expect([kind, links[index]]).toEqual([kind, host[index]]);
      }
      expect(links[kinds.indexOf("mnt")]).not.toBe(host[kinds.indexOf("mnt")]);
    });

    test("A3: a process over its memory limit is killed, and that is told", async () => {
      const name = driver.own("oom");
      const eat = "x=a; while :; do x=$x$x; done";
      const { code } = await driver.run([
        "run",
        "--name",
        name,
        "-m",
        "32m",
        "ubuntu:16.04",
        "bash",
        "-c",
        eat,
      ]);
      expect(code).toBe(137);
      expect(await inspect(name, "{{.State.OOMKilled}} {{.HostConfig.Memory}}")).toBe("true 33554432");
      const pids = await driver.run([
        "run",
        "--rm",
        "--pids-limit",
        "5",
        "ubuntu:16.04",
        "bash",
        "-c",
        "for i in 1 2 3 4 5 6 7 8; do sleep 2 & done; wait",
      ]);
      expect(pids.stderr).toContain("Resource temporarily unavailable");
    });

    test("A4: a change lands in the container alone; removing it loses it", async () => {
      const name = driver.own("layer");
      await driver.ok("run", "--name", name, "ubuntu:16.04", "bash", "-c", "echo mine > /etc/passwd");
      const again = await driver.run(["start", "-a", name]);
      expect(again.code).toBe(0);
      const other = await driver.run(["run", "--rm", "ubuntu:16.04", "cat", "/etc/passwd"]);
      expect(other.stdout).not.toContain("mine");
      await driver.ok("rm", name);
      expect((await driver.fails("start", name)).text).toContain(`No such container: ${name}`);
    });

    test("A5: an old tag still runs after a new one: rollback", async () => {
      for (const version of ["1", "2"]) {
        await importTree(driver, driver.own(`app:${version}`), (root) =>
          writeFileSync(join(root, "version"), `${version}\n`),
        );
      }
      expect(await driver.ok("run", "--rm", driver.own("app:2"), "cat", "/version")).toBe("2");
      expect(await driver.ok("run", "--rm", driver.own("app:1"), "cat", "/version")).toBe("1");
    });

    test("A7: version, info and help, client and server parts", async () => {
      const version = await driver.ok("version");
      expect(version).toContain("Client:");
      expect(version).toContain("Server:");
      expect(await driver.ok("info")).toContain("Server Version:");
      expect(await driver.ok("--help")).toContain("Commands:");
    });

    test("B1: run ends at once without a terminal; echo on one", async () => {
      expect((await driver.run(["run", "--rm", "ubuntu:16.04"])).code).toBe(0);
      using screen = driver.terminal(["run", "--rm", "-it", "ubuntu:latest", "echo", "hello, world"]);
      await screen.waitFor("hello, world\r\n");
      expect(await screen.exited()).toBe(0);
    });

    test("B2: a real shell on a real terminal", async () => {
      const name = driver.own("shell");
      const run = ["run", "--rm", "-it", "--name", name, "ubuntu:16.04", "/bin/bash"];
      using screen = driver.terminal(run, { columns: 91, rows: 31 });
      await screen.waitFor("# ");
      screen.type("ls /etc/lsb-release; stty size\r");
      await screen.waitFor("/etc/lsb-release\r\n31 91\r\n");
      screen.type("bash -c 'echo begun; exec sleep 1000'\r");
      await screen.waitFor("\rbegun\r\n");
      screen.type("\x03");
      await screen.waitFor("# ");
      screen.type("echo got $?\r");
      await screen.waitFor("got 130");
      screen.type("\x10\x11");
      await screen.exited();
      using again = driver.terminal(["attach", name]);
      again.type("exit 3\r");
      expect(await again.exited()).toBe(3);
    });

    test("B3: what system is this", async () => {
      using screen = driver.terminal(["run", "--rm", "-it", "centos:latest", "bash"]);
      await screen.waitFor("# ");
      screen.type("cat /etc/centos-release; cat /etc/lsb-release; busybox | head -1\r");
      await screen.waitFor("CentOS Linux release 7.9.2009 (Core)");
      await screen.waitFor("DISTRIB_ID=Ubuntu");
      await screen.waitFor(/BusyBox v[\d.]+/);
      screen.type("exit\r");
      expect(await screen.exited()).toBe(0);
    });

    test("B14: a page from the host; a folder that is not there; a relative path", async () => {
      const folder = mkdtempSync(join(tmpdir(), runPrefix));
      const name = driver.own("httpd");
      try {
        // Written by a container: a dockerd may stand in a tree of its own, where this folder is another one.
        const write = "echo '<h1>It works</h1>' > /www/index.html";
        await driver.ok("run", "--rm", "-v", `${folder}:/www`, "ubuntu:16.04", "bash", "-c", write);
        const serve = ["busybox", "httpd", "-f", "-p", "80", "-h", "/www"];
        await driver.ok("run", "-d", "--name", name, "-p", "80", "-v", `${folder}:/www`, "httpd", ...serve);
        await page(await publishedPort(driver, name, 80), "/index.html", /It works/);
        await driver.ok("run", "--rm", "-v", `${folder}/made:/x`, "ubuntu:16.04", "true");
        expect(await driver.ok("run", "--rm", "-v", `${folder}:/x`, "ubuntu:16.04", "ls", "/x")).toBe(
          "index.html\nmade",
        );
        const relative = await driver.fails("run", "--rm", "-v", "some/where:/x", "ubuntu:16.04", "true");
        expect([relative.code, relative.text]).toEqual([125, expect.stringContaining("use absolute path")]);
        const forbidden = await driver.fails("run", "--rm", "-v", `${folder}:/`, "ubuntu:16.04", "true");
        expect([forbidden.code, forbidden.text]).toEqual([
          125,
          expect.stringContaining("destination can't be '/'"),
        ]);
      } finally {
        await driver.ok("rm", "-f", name);
        rmSync(folder, { recursive: true, force: true });
      }
    });

    test("B18: flags as beginners type them", async () => {
      const wrong: [string[], string, string][] = [
        [["run", "--it", "ubuntu", "bash"], "unknown flag: --it", "-it"],
        [["run", "-rm", "ubuntu", "true"], "unknown shorthand flag: 'r' in -rm", "--rm"],
        [["run", "cents:latest", "true"], "Unable to find image 'cents:latest' locally", "centos:latest"],
      ];
      for (const [args, message, fix] of wrong) {
        const { code, text } = await driver.fails(...args);
        expect([code, text]).toEqual([125, expect.stringContaining(message)]);
        if (driver.isGantryCommand) expect(text).toContain(`Did you mean '${fix}'?`);
      }
    });
  });
}
