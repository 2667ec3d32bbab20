// A learner's Docker notes, line by line: Dockerfiles.
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { must } from "../support/command.ts";
import { busyboxImage, scenarios } from "../support/drivers.ts";
import { runPrefix } from "../support/paths.ts";
import { page, publishedPort } from "../support/talk.ts";

scenarios("walkthrough, Dockerfiles", ({ driver }) => {
  afterAll(async () => {
    await driver.clean();
    const tags = ["d1:v1", "d2", "d4:a", "d4:b", "app:2", "app:3", "cmd:1", "cmd:2", "cmd:3"];
    await driver.ok("rmi", "-f", ...tags.map((tag) => driver.own(tag)));
  }, 60_000);

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
    const server = createServer((_request, response) => response.end("from a URL"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const site = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
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
ADD ${site}/fetched.txt /fetched/
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
    server.close();
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
    expect(await driver.ok("run", "--rm", "-u", "root", driver.own("d2"), "/fetched/fetched.txt")).toBe(
      "from a URL",
    );
  });

  test("D2: the three forms of CMD; the last one counts", async () => {
    const forms = [
      ['CMD echo "$0 $HOME"', "/bin/sh /root"],
      ['CMD ["echo", "$HOME"]', "$HOME"],
      ['ENTRYPOINT ["echo", "entry"]\nCMD ["argument"]', "entry argument"],
    ] as const;
    for (const [index, [form, said]] of forms.entries()) {
      const tag = `cmd:${index + 1}`;
      await build(tag, { Dockerfile: `FROM ${busyboxImage}\nCMD echo first\n${form}\n` });
      expect(await driver.ok("run", "--rm", driver.own(tag))).toBe(said);
    }
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

  test("B7: an app with its settings in the environment; the next version has one more", async () => {
    const Dockerfile = `FROM ${busyboxImage}
EXPOSE 4567
CMD mkdir /site && env >/site/index.html && exec httpd -f -p 4567 -h /site
`;
    const settings = ["-e", "ENDPOINT=http://here:1/", "-e", "PARAM_NAME=two words"];
    for (const [version, more] of [
      ["2", []],
      ["3", ["-e", "NEW=here"]],
    ] as const) {
      const [name, tag] = [driver.own(`app${version}`), `app:${version}`];
      await build(tag, { Dockerfile });
      await driver.ok("run", "-d", "--name", name, "-p", "4567", ...settings, ...more, driver.own(tag));
      const shown = await page(await publishedPort(driver, name, 4567), "/", /PATH=/);
      expect(shown).toContain("ENDPOINT=http://here:1/\n");
      expect(shown).toContain("PARAM_NAME=two words\n");
      expect(shown.includes("NEW=here\n")).toBe(version === "3");
    }
  });
});
