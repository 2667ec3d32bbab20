// A learner's Docker notes, line by line: what a container is, running them, a service, files, mistakes.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { eventually, must } from "../support/command.ts";
import { debianMirror, importDebian } from "../support/debian-image.ts";
import { busyboxImage, scenarios } from "../support/drivers.ts";
import { importTree } from "../support/images.ts";
import { runPrefix } from "../support/paths.ts";

const names = ["ubuntu:16.04", "ubuntu:latest", "centos:latest", "redis:latest", "httpd:latest"];
const mirror = await debianMirror();

if (mirror === undefined)
  test.skip("walkthrough: no mmdebstrap or no Debian mirror to make images from", () => {});
else {
  scenarios("walkthrough", ({ driver }) => {
    const inspect = (name: string, format: string) => driver.ok("inspect", "-f", format, name);

    beforeAll(async () => importDebian(driver, mirror, names), 240_000);
    afterAll(async () => {
      await driver.clean();
      const built = ["app:1", "app:2", "d1:v1", "d2", "d4:a", "d4:b"].map((tag) => driver.own(tag));
      await driver.ok("rmi", "-f", ...names, ...built);
    }, 60_000);

    test("A1: a command is API calls, and --debug shows them", async () => {
      const { code, stderr } = await driver.run(["--debug", "ps"]);
      expect(code).toBe(0);
      if (driver.isGantryCommand) expect(stderr).toMatch(/GET \/v1\.51\/containers\/json 200/);
    });

    test("A2: six kinds of namespaces, each the container's own unless shared", async () => {
      const kinds = ["pid", "net", "ipc", "mnt", "uts"];
      const script = `for kind in ${kinds.join(" ")}; do readlink /proc/self/ns/$kind; done`;
      const host = kinds.map((kind) => readlinkSync(`/proc/self/ns/${kind}`));
      const own = (await driver.ok("run", "--rm", "ubuntu:16.04", "bash", "-c", script)).split("\n");
      expect(own.filter((link) => host.includes(link))).toEqual([]);
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
      using screen = driver.terminal(["run", "--rm", "-it", "ubuntu:16.04", "/bin/bash"]);
      await screen.waitFor("# ");
      screen.type("ls /etc/lsb-release; exit 3\r");
      await screen.waitFor("/etc/lsb-release\r\n");
      expect(await screen.exited()).toBe(3);
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

    test("B4: redis on a published port, and a second one beside it", async () => {
      const serve = ["redis-server", "--bind", "0.0.0.0", "--protected-mode", "no", "--save", ""];
      for (const port of ["24811", "24812"]) {
        await driver.ok(
          "run",
          "-d",
          "--name",
          driver.own(`redis-${port}`),
          "-p",
          `${port}:6379`,
          "redis",
          ...serve,
        );
      }
      await eventually("redis answers", async () => (await talk(24811, "PING\r\n")) === "+PONG\r\n");
      await eventually(
        "the second redis answers",
        async () => (await talk(24812, "PING\r\n")) === "+PONG\r\n",
      );
      expect(await talk(24811, "set mykey hello\r\n")).toBe("+OK\r\n");
      expect(await talk(24811, "get mykey\r\n")).toBe("$5\r\nhello\r\n");
      expect(await talk(24812, "get mykey\r\n")).toBe("$-1\r\n");
    });

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
      await eventually("it has begun", async () => (await driver.ok("logs", name)).includes("begun"));
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

    test("B13: the host's network has no bridge in the way", async () => {
      const name = driver.own("host-net");
      expect(await driver.ok("run", "--rm", "--net=host", "ubuntu:16.04", "cat", "/etc/hostname")).toBe(
        hostname(),
      );
      const serve = ["redis-server", "--port", "24813", "--save", ""];
      await driver.ok("run", "-d", "--name", name, "--net=host", "redis", ...serve);
      await eventually(
        "redis answers on the host",
        async () => (await talk(24813, "PING\r\n")) === "+PONG\r\n",
      );
      await driver.ok("rm", "-f", name);
    });

    test("B14: a page from the host; a folder that is not there; a relative path", async () => {
      const folder = mkdtempSync(join(tmpdir(), runPrefix));
      const name = driver.own("httpd");
      try {
        // Written by a container: a dockerd may stand in a tree of its own, where this folder is another one.
        const write = "echo '<h1>It works</h1>' > /www/index.html";
        await driver.ok("run", "--rm", "-v", `${folder}:/www`, "ubuntu:16.04", "bash", "-c", write);
        const serve = ["busybox", "httpd", "-f", "-p", "80", "-h", "/www"];
        await driver.ok(
          "run",
          "-d",
          "--name",
          name,
          "-p",
          "24814:80",
          "-v",
          `${folder}:/www`,
          "httpd",
          ...serve,
        );
        await eventually("the page", async () =>
          (await talk(24814, "GET /index.html HTTP/1.0\r\n\r\n")).includes("It works"),
        );
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

    /** Builds a folder of these files under a name of this run's own. */
    const build = async (tag: string, files: Record<string, string>, ...flags: string[]) => {
      const folder = mkdtempSync(join(tmpdir(), `${runPrefix}build-`));
      try {
        for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
        const args = ["build", "-t", driver.own(tag), ...flags, folder];
        // Docker's client would ask for BuildKit's protocol.
        const result = await driver.run(args, { env: { DOCKER_BUILDKIT: "0" } });
        if (result.code !== 0) throw new Error(`${args.join(" ")}\n${result.stdout}${result.stderr}`);
        return result.stdout + result.stderr;
      } finally {
        rmSync(folder, { recursive: true });
      }
    };

    test("D1: a Dockerfile with a name and a tag; comments; upper and lower case", async () => {
      const folder = mkdtempSync(join(tmpdir(), `${runPrefix}build-`));
      writeFileSync(
        join(folder, "my.Dockerfile"),
        `# a comment\nfrom ${busyboxImage}\n# another\nRun echo made > /made\nCMD cat /made\n`,
      );
      const args = ["build", "-t", driver.own("d1:v1"), "-f", "my.Dockerfile", "."];
      const built = await driver.run(args, { cwd: folder, env: { DOCKER_BUILDKIT: "0" } });
      rmSync(folder, { recursive: true });
      expect([built.code, built.code === 0 ? "" : built.stderr]).toEqual([0, ""]);
      expect(await driver.ok("run", "--rm", driver.own("d1:v1"))).toBe("made");
    });

    test("D2: every instruction, and what the image has of it", async () => {
      const files = {
        Dockerfile: `ARG BASE=${busyboxImage}
FROM $BASE
MAINTAINER learner
LABEL course="docker notes" part=D
ARG GREETING=hello
ENV NAME=world FULL="$GREETING there"
WORKDIR /app
COPY page.txt one.txt ./
ADD archive.tar /unpacked/
RUN echo "$GREETING $NAME" > greeting
RUN ["/bin/sh", "-c", "echo exec form >> greeting"]
SHELL ["/bin/busybox", "ash", "-c"]
RUN echo "in $0" >> greeting
EXPOSE 80 53/udp
VOLUME /data
STOPSIGNAL SIGINT
HEALTHCHECK --interval=5s --retries=2 CMD true
ONBUILD RUN echo child
USER 1000:1000
ENTRYPOINT ["cat"]
CMD ["first"]
CMD ["greeting"]
`,
        "page.txt": "page",
        "one.txt": "one",
      };
      const tar = mkdtempSync(join(tmpdir(), `${runPrefix}tar-`));
      writeFileSync(join(tar, "inside"), "from the archive");
      await must(["tar", "-C", tar, "-cf", join(tar, "a.tar"), "inside"]);
      const archive = readFileSync(join(tar, "a.tar"), "latin1");
      rmSync(tar, { recursive: true });
      await build("d2", { ...files, "archive.tar": archive }, "--build-arg", "GREETING=good morning");
      expect(await driver.ok("run", "--rm", driver.own("d2"))).toBe("good morning world\nexec form\nin ash");
      const [config] = JSON.parse(await driver.ok("inspect", driver.own("d2"))) as {
        Author: string;
        Config: object;
      }[];
      expect(config?.Author).toBe("learner");
      expect(config?.Config).toMatchObject({
        User: "1000:1000",
        WorkingDir: "/app",
        Env: expect.arrayContaining(["NAME=world", "FULL=good morning there"]),
        Labels: { course: "docker notes", part: "D" },
        ExposedPorts: { "80/tcp": {}, "53/udp": {} },
        Volumes: { "/data": {} },
        StopSignal: "SIGINT",
        Healthcheck: { Test: ["CMD-SHELL", "true"], Interval: 5e9, Retries: 2 },
        OnBuild: ["RUN echo child"],
        Shell: ["/bin/busybox", "ash", "-c"],
        Cmd: ["greeting"],
      });
      expect(await driver.ok("run", "--rm", driver.own("d2"), "/unpacked/inside")).toBe("from the archive");
    });

    test("D3: another command replaces CMD and keeps ENTRYPOINT; --entrypoint replaces that", async () => {
      const entry = ["--entrypoint", "echo", driver.own("d2"), "other"];
      expect(await driver.ok("run", "--rm", driver.own("d2"), "page.txt", "one.txt")).toBe("pageone");
      expect(await driver.ok("run", "--rm", ...entry)).toBe("other");
    });

    test("D4: an unchanged step is not run again", async () => {
      const files = {
        Dockerfile: `FROM ${busyboxImage}\nRUN cat /proc/sys/kernel/random/uuid > /when\nCOPY page /page\nCMD cat /when\n`,
        page: "1",
      };
      await build("d4:a", files);
      const again = await build("d4:b", { ...files, page: "2" });
      expect(again).toMatch(/Using cache|CACHED/);
      const [first, second] = [driver.own("d4:a"), driver.own("d4:b")];
      expect(await driver.ok("run", "--rm", second)).toBe(await driver.ok("run", "--rm", first));
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

/** Says something to a TCP port of this machine and answers what comes back; empty where nobody answers. */
function talk(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    let heard = "";
    const socket = connect({ port, host: "127.0.0.1" }, () => socket.write(text));
    socket.setTimeout(3000, () => socket.destroy());
    socket.on("data", (data: Buffer) => {
      heard += data.toString();
      if (!text.startsWith("GET") || heard.includes("</h1>")) socket.destroy();
    });
    socket.on("error", () => resolve(""));
    socket.on("close", () => resolve(heard));
  });
}
