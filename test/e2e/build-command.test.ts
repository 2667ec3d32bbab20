// `build` as people type it: by our command on our engine, by docker with buildx on a dockerd.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { must, type Result } from "../support/command.ts";
import { busyboxImage as image, scenarios } from "../support/drivers.ts";
import { runPrefix } from "../support/paths.ts";

scenarios("the build command", (scene) => {
  const { driver } = scene;
  // Docker's client needs BuildKit's own protocol for this, which our engine does not speak.
  if (!driver.isGantryCommand && driver.engine === "gantry") return;
  let directory: string;

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), `${runPrefix}build-`));
  });
  afterAll(async () => {
    rmSync(directory, { recursive: true });
    const made = (await driver.ok("images", "--format", "{{.Repository}}:{{.Tag}}")).split("\n");
    const own = made.filter((tag) => tag.startsWith(driver.prefix));
    if (own.length > 0) await driver.ok("rmi", ...own);
  });

  const folder = (files: Record<string, string>): string => {
    const root = mkdtempSync(join(directory, "context-"));
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(root, name)), { recursive: true });
      writeFileSync(join(root, name), content);
    }
    return root;
  };
  const build = (...args: string[]): Promise<Result> => driver.run(["build", "--progress=plain", ...args]);
  const built = async (...args: string[]): Promise<Result> => {
    const result = await build(...args);
    if (result.code !== 0)
      throw new Error(`build ${args.join(" ")} ended with ${result.code}\n${result.stderr}`);
    return result;
  };
  const output = (tag: string, ...command: string[]) => driver.ok("run", "--rm", driver.own(tag), ...command);

  describe("results", () => {
    test("are named, told by id and described in files", async () => {
      const root = folder({ Dockerfile: `FROM ${image}\nCMD echo made\n` });
      const [id, metadata] = [join(root, "id"), join(root, "metadata.json")];
      await built("-t", driver.own("named"), "--iidfile", id, "--metadata-file", metadata, root);
      expect(await output("named")).toBe("made");
      const imageId = await driver.ok("inspect", "-f", "{{.Id}}", driver.own("named"));
      expect(readFileSync(id, "utf8")).toBe(imageId);
      expect(JSON.parse(readFileSync(metadata, "utf8"))).toMatchObject({
        "containerimage.config.digest": imageId,
        "image.name": `docker.io/library/${driver.own("named")}`,
      });
      const quiet = await driver.run(["build", "-q", root]);
      expect([quiet.stdout, quiet.stderr]).toEqual([`${imageId}\n`, ""]);
    });

    test("go to a folder, to stdout as a tar, to an archive", async () => {
      const root = folder({ Dockerfile: "FROM scratch\nCOPY a /dir/b\n", a: "content" });
      await built("-o", join(root, "out"), root);
      expect(readFileSync(join(root, "out/dir/b"), "utf8")).toBe("content");
      expect((await built("-o", "-", root)).stdout).toContain("dir/b\0");
      // Docker's own driver has no archives.
      if (driver.engine === "dockerd") return;
      await built("-o", `type=docker,dest=${root}/image.tar`, "-t", driver.own("archived"), root);
      expect(await driver.ok("load", "-i", join(root, "image.tar"))).toContain(driver.own("archived"));
    });

    test("are lines of JSON, where that is asked for; known steps say so", async () => {
      const root = folder({ Dockerfile: `FROM ${image}\nRUN echo printed\n` });
      const { stderr } = await driver.run(["build", "--progress=rawjson", root]);
      const traces = stderr
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
      const names = traces.flatMap(({ vertexes = [] }) => vertexes.map(({ name }: { name: string }) => name));
      expect(names).toContain("[2/2] RUN echo printed");
      expect((await built(root)).stderr).toMatch(/^#\d+ \[2\/2\] RUN echo printed\n#\d+ CACHED$/m);
    });
  });

  describe("contexts", () => {
    test("leave out what is ignored; the Dockerfile's own ignore file comes first", async () => {
      const files = {
        Dockerfile: `FROM ${image}\nCOPY . /all/\nRUN find /all -type f | sort > /list\nCMD cat /list\n`,
        ".dockerignore": "*.o\nsecret\n!keep.o\n",
        "a.c": "",
        "a.o": "",
        "keep.o": "",
        "secret/x": "",
      };
      const root = folder({
        ...files,
        "other.Dockerfile": files.Dockerfile,
        "other.Dockerfile.dockerignore": "*\n!a.o\n",
      });
      await built("-t", driver.own("ignored"), root);
      expect(await output("ignored")).toBe(
        [
          "/all/.dockerignore",
          "/all/Dockerfile",
          "/all/a.c",
          "/all/keep.o",
          "/all/other.Dockerfile",
          "/all/other.Dockerfile.dockerignore",
        ].join("\n"),
      );
      await built("-t", driver.own("other"), "-f", join(root, "other.Dockerfile"), root);
      expect(await output("other")).toBe("/all/a.o");
    });

    test("and Dockerfiles come from elsewhere, too: stdin, another folder, a tar, a URL", async () => {
      const dockerfile = `FROM ${image}\nCOPY a /a\nCMD cat /a\n`;
      const root = folder({ "in/a": "from in", Dockerfile: dockerfile });
      const give = (stdin: string | Uint8Array, ...args: string[]) =>
        driver.run(["build", "-q", "-t", driver.own("given"), ...args], { input: stdin });
      await built("-t", driver.own("outside"), "-f", join(root, "Dockerfile"), join(root, "in"));
      expect(await output("outside")).toBe("from in");
      expect((await give(dockerfile, "-f", "-", join(root, "in"))).code).toBe(0);
      expect(await output("given")).toBe("from in");
      expect((await give(`FROM ${image}\nCMD echo alone\n`, "-")).code).toBe(0);
      expect(await output("given")).toBe("alone");
      writeFileSync(join(root, "in/Dockerfile"), dockerfile);
      writeFileSync(join(root, "in/a"), "from tar");
      await must(["tar", "-czf", join(root, "c.tgz"), "-C", join(root, "in"), "."]);
      expect((await give(readFileSync(join(root, "c.tgz")), "-")).code).toBe(0);
      expect(await output("given")).toBe("from tar");
    });

    test("have further ones by name", async () => {
      const more = folder({ b: "from more", ".dockerignore": "ignored", ignored: "" });
      const root = folder({
        Dockerfile: `FROM base\nCOPY --from=more . /more/\nCMD cat /more/b; ls /more\n`,
      });
      await built(
        "-t",
        driver.own("more"),
        "--build-context",
        `more=${more}`,
        "--build-context",
        `base=docker-image://${image}`,
        root,
      );
      expect(await output("more")).toStartWith("from more");
    });

    test("that are not there are refused before anything is asked", async () => {
      const root = folder({});
      expect((await build(join(root, "none"))).stderr).toEndWith(
        `ERROR: failed to build: unable to prepare context: path "${root}/none" not found\n`,
      );
      const { code, stderr } = await build("-f", `${root}/nofile`, root);
      expect([code, stderr.trimEnd().split("\n").at(-1)]).toEqual([
        1,
        expect.stringMatching(
          /^ERROR: failed to build: failed to solve: failed to read dockerfile: open .*nofile: no such file or directory$/,
        ),
      ]);
    });
  });

  describe("what is wrong", () => {
    test("is shown with the lines of the Dockerfile and what was printed", async () => {
      const root = folder({ Dockerfile: `FROM ${image}\n\nRUN echo before && \\\n    exit 7\nCMD x\n` });
      const { code, stderr } = await build(root);
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /------\n > \[2\/2\] RUN echo before && {5}exit 7:\n(?:[0-9.]+ not cached.*\n)?[0-9.]+ before\n------\n/,
      );
      expect(stderr).toEndWith(`Dockerfile:3
--------------------
   2 |     
   3 | >>> RUN echo before && \\
   4 | >>>     exit 7
   5 |     CMD x
--------------------
ERROR: failed to build: failed to solve: process "/bin/sh -c echo before &&     exit 7" did not complete successfully: exit code: 7
`);
    });

    test.each([
      ["FRUM x", "dockerfile parse error on line 2: unknown instruction: FRUM (did you mean FROM?)"],
      ["COPY --chwn=1 a b", "dockerfile parse error on line 2: unknown flag: --chwn (did you mean chown?)"],
      ["ENV A=${B:?needed}", 'failed to process "${B:?needed}": B: needed'],
      ["RUN --mount=type=bnd x", 'unsupported mount type "bnd" (did you mean bind?)'],
      ["STOPSIGNAL FOO", "invalid signal: FOO"],
    ])("%s", async (line, message) => {
      const { code, stderr } = await build(folder({ Dockerfile: `FROM ${image}\n${line}\n` }));
      expect([code, stderr.trimEnd().split("\n").at(-1)]).toEqual([
        1,
        `ERROR: failed to build: failed to solve: ${message}`,
      ]);
      expect(stderr).toContain(`   2 | >>> ${line}\n`);
    });

    test("a target that is not there has a nearest one", async () => {
      const root = folder({ Dockerfile: `FROM ${image} AS build\n` });
      expect((await build("--target", "bild", root)).stderr).toContain(
        'target stage "bild" could not be found (did you mean build?)',
      );
    });
  });

  test("calls answer for a Dockerfile without building it", async () => {
    const root = folder({
      Dockerfile: `# out is it\nFROM ${image} as out\n# V says\nARG V=1\nRUN --mount=type=secret,id=s,required exit 1\n`,
    });
    const call = (...args: string[]) => driver.run(["build", ...args, root]);
    const check = await call("--check");
    expect([check.code, check.stdout]).toEqual([
      1,
      expect.stringContaining("Check complete, 1 warning has been found!\n\nWARNING: FromAsCasing"),
    ]);
    expect((await call("--call=targets")).stdout).toBe("TARGET        DESCRIPTION\nout (default) is it\n");
    expect((await call("--call=outline")).stdout).toContain(
      "BUILD ARG   VALUE   DESCRIPTION\nV           1       says\n",
    );
    const json = JSON.parse((await call("--call=outline,format=json")).stdout);
    expect(json).toMatchObject({ name: "out", secrets: [{ name: "s", required: true }] });
  });

  describe("secrets", () => {
    test("are there for one step alone, and nowhere afterwards", async () => {
      const value = `gt-secret-${"x".repeat(20)}-${driver.prefix}`;
      const root = folder({
        s: value,
        ".dockerignore": "s",
        Dockerfile: `FROM ${image}
RUN --mount=type=secret,id=file,mode=0400 --mount=type=secret,id=variable,env=V \\
  stat -c %a /run/secrets/file > /seen && wc -c < /run/secrets/file >> /seen && echo "\${#V}" >> /seen
RUN ls /run/secrets 2>&1 | wc -l >> /seen; env | grep -c gt-secret >> /seen; true
CMD cat /seen
`,
      });
      const args = [
        "build",
        "-t",
        driver.own("secret"),
        "--secret",
        `id=file,src=${root}/s`,
        "--secret",
        "id=variable,env=GT_SECRET",
        root,
      ];
      const { code, stdout, stderr } = await driver.run(args, { env: { GT_SECRET: value } });
      expect([code, `${stdout}${stderr}`.includes(value)]).toEqual([0, false]);
      const [mode, ...counts] = (await output("secret")).split("\n");
      expect([mode, ...counts.slice(0, 2)]).toEqual(["400", `${value.length}`, `${value.length}`]);
      expect(counts.at(-1)).toBe("0");
      expect(await driver.ok("history", "--no-trunc", driver.own("secret"))).not.toContain(value);
      if (scene.engine === undefined) return;
      rmSync(join(root, "s"));
      const command = ["sh", "-c", 'grep -rlF -e "$1" "$2" || true', "sh", value, scene.engine.directory];
      expect(await must(command)).toBe("");
    });

    test("that are required and not given stop the build", async () => {
      const root = folder({ Dockerfile: `FROM ${image}\nRUN --mount=type=secret,id=nosuch,required true\n` });
      expect((await build(root)).stderr).toContain("nosuch");
    });
  });

  test("an interrupted build ends at once", async () => {
    const root = folder({ Dockerfile: `FROM ${image}\nRUN echo begun; exec sleep 1000\n` });
    const running = driver.spawn(["build", "--progress=plain", root]);
    const decoder = new TextDecoder();
    let said = "";
    for await (const chunk of running.stderr) {
      said += decoder.decode(chunk, { stream: true });
      if (/ begun\n/.test(said)) running.kill("SIGINT");
    }
    // Which of the two docker ends with is chance.
    expect(driver.isGantryCommand ? [130] : [1, 130]).toContain(await running.exited);
  });

  if (driver.isGantryCommand) {
    test("only differences travel", async () => {
      const root = folder({ Dockerfile: `FROM ${image}\nCOPY . /c\n`, a: "one", b: "two" });
      const sent = async () => {
        const { stderr } = await driver.run(["--debug", "build", "-q", root]);
        return stderr.includes("/contents");
      };
      expect([await sent(), await sent()]).toEqual([true, false]);
      writeFileSync(join(root, "a"), "three");
      expect([await sent(), await sent()]).toEqual([true, false]);
    });

    test("a URL is fetched by the engine", async () => {
      const server = createServer((_, response) => response.end(`FROM ${image}\nCMD echo fetched\n`));
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      try {
        await built(
          "-t",
          driver.own("fetched"),
          `http://127.0.0.1:${(server.address() as AddressInfo).port}/Dockerfile`,
        );
        expect(await output("fetched")).toBe("fetched");
      } finally {
        server.close();
      }
    });
  }
});
