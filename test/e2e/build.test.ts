import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { linesOf, type Result } from "../support/command.ts";
import { busyboxImage as image, scenarios } from "../support/drivers.ts";
import { runPrefix } from "../support/paths.ts";

// The classic API by the real docker client; Gantry's own command has its own scenarios.
scenarios("build", ({ driver }) => {
  if (driver.isGantryCommand) return;
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

  /** Builds a context of these files; the tag is the test's own. */
  const build = async (tag: string, files: Record<string, string>, ...flags: string[]): Promise<Result> => {
    const context = mkdtempSync(join(directory, "context-"));
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(context, name)), { recursive: true });
      writeFileSync(join(context, name), content);
    }
    return await driver.run(["build", "-t", driver.own(tag), ...flags, context], {
      env: { DOCKER_BUILDKIT: "0" },
    });
  };
  const run = (tag: string, ...args: string[]) => driver.ok("run", "--rm", driver.own(tag), ...args);

  describe("the classic stream", () => {
    const dockerfile = `FROM ${image}\nENV GREETING=hello\nRUN echo $GREETING > /greeting\nCOPY a /dir/\nCMD cat /greeting /dir/a\n`;

    test("steps are numbered, told and named; the image runs", async () => {
      const { code, stdout } = await build("plain", { Dockerfile: dockerfile, a: "from the context\n" });
      expect(code).toBe(0);
      expect(stdout).toMatch(
        /Step 3\/5 : RUN echo \$GREETING > \/greeting\n ---> Running in (\w{12})\n ---> Removed intermediate container \1\n ---> \w{12}\n/,
      );
      expect(stdout).toMatch(/Successfully built [0-9a-f]{12}\nSuccessfully tagged .*plain:latest\n$/);
      expect(await run("plain")).toBe("hello\nfrom the context");
    });

    test("known steps are not run again, whatever the files' times; a changed file counts from where it is copied", async () => {
      const again = await build("again", { Dockerfile: dockerfile, a: "from the context\n", unrelated: "x" });
      expect(again.stdout.match(/---> Using cache/g)?.length).toBeGreaterThanOrEqual(2);
      const changed = await build("changed", { Dockerfile: dockerfile, a: "something else\n" });
      const [before = "", after = ""] = changed.stdout.split("COPY a /dir/");
      expect(before).toContain("Using cache");
      expect(after).not.toContain("Using cache");
      expect(await run("changed")).toBe("hello\nsomething else");
    });

    test("a command that fails is named with its code, and its output is shown", async () => {
      const { code, stderr, stdout } = await build("fails", {
        Dockerfile: `FROM ${image}\nRUN echo before; exit 7\n`,
      });
      expect(code).not.toBe(0);
      expect(stdout).toContain("before");
      expect(stderr).toContain("The command '/bin/sh -c echo before; exit 7' returned a non-zero code: 7");
    });

    test("--quiet prints the id alone", async () => {
      const { stdout } = await build("quiet", { Dockerfile: `FROM ${image}\nLABEL a=b\n` }, "-q");
      expect(stdout).toMatch(/^sha256:[0-9a-f]{64}\n$/);
    });
  });

  test("stages: what the target does not need is not built, and files come from others", async () => {
    const dockerfile = [
      `FROM ${image} AS tools`,
      "RUN mkdir /out && echo made > /out/file && chmod 640 /out/file",
      `FROM ${image} AS broken`,
      "RUN exit 1",
      "FROM scratch",
      "COPY --from=tools /bin/busybox /bin/cat",
      "COPY --from=tools /out /out",
      'ENTRYPOINT ["/bin/cat"]',
      'CMD ["/out/file"]',
    ].join("\n");
    if (driver.engine === "dockerd") return;
    const { code } = await build("stages", { Dockerfile: dockerfile });
    expect(code).toBe(0);
    expect(await run("stages")).toBe("made");
  });

  test("arguments and labels of the command line, --target, --no-cache", async () => {
    const files = {
      Dockerfile: `FROM ${image} AS first\nARG WHO=nobody\nRUN echo $WHO > /who\nFROM first\nRUN exit 1\n`,
    };
    const flags = ["--target", "first", "--build-arg", "WHO=somebody", "--label", "made=here"];
    expect((await build("args", files, ...flags)).code).toBe(0);
    expect(await run("args", "cat", "/who")).toBe("somebody");
    expect(await driver.ok("image", "inspect", "-f", "{{.Config.Labels.made}}", driver.own("args"))).toBe(
      "here",
    );
    expect((await build("args", files, ...flags, "--no-cache")).stdout).not.toContain("Using cache");
  });

  test("a client that goes away ends the build, and nothing stays of it", async () => {
    const context = mkdtempSync(join(directory, "context-"));
    writeFileSync(join(context, "Dockerfile"), `FROM ${image}\nRUN echo started; sleep 1000\n`);
    const running = driver.spawn(["build", context], { env: { DOCKER_BUILDKIT: "0" } });
    for await (const line of linesOf(running.stdout)) if (line === "started") break;
    running.kill("SIGINT");
    await running.exited;
  });
});
