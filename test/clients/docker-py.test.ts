// docker-py, as Debian packages it: what Python programs and older tools build by.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { must, run } from "../support/command.ts";
import { Driver } from "../support/driver.ts";
import { busyboxImage, ensureBusybox } from "../support/images.ts";
import { gantryBinary } from "../support/paths.ts";
import { TestEngine } from "../support/test-engine.ts";

setDefaultTimeout(60_000);

const python = Bun.which("python3");
const isThere = python !== null && (await run([python, "-c", "import docker"])).code === 0;
const noDockerPy = isThere
  ? undefined
  : "skipped: python3-docker is not here (scripts/setup --test installs it)";
if (noDockerPy !== undefined) test.skip(`docker-py: ${noDockerPy}`, () => {});

describe.skipIf(noDockerPy !== undefined)("docker-py", () => {
  const engine = TestEngine.prepare();
  const driver = new Driver("gantry", "gantry", () => engine.host, [gantryBinary]);

  beforeAll(async () => {
    await engine.start();
    await ensureBusybox(driver);
  });
  afterAll(async () => {
    await driver.ok("rmi", "-f", "py:1");
    expect(await engine.dispose()).toEqual([]);
  });

  test("builds, runs what it built, and is told of failures in its own exceptions", async () => {
    const scenario = join(import.meta.dirname, "docker-py-scenario.py");
    const said = JSON.parse(await must([python ?? "", scenario, engine.host, busyboxImage])) as Said;
    expect(said.tags).toEqual(["py:1"]);
    expect(said.labels).toEqual({ made: "by python" });
    expect(said.log.join("")).toMatch(
      /Step 1\/5 : FROM .*\n.*Step 5\/5 : LABEL made=by python\n ---> \w{12}\n/s,
    );
    expect(said.log.at(-1)).toBe("Successfully tagged py:1\n");
    expect(said.output).toBe("built with 7\n");
    expect(said.again.filter((line) => line.includes("Using cache"))).toHaveLength(2);
    expect(said.failure).toBe("The command '/bin/sh -c exit 3' returned a non-zero code: 3");
    expect(said.malformed).toEqual([
      400,
      "dockerfile parse error on line 1: unknown instruction: FROMM (did you mean FROM?)",
    ]);
    expect(said.missing).toContain("COPY failed: file not found in build context");
    // The last good step of a build that failed.
    expect(said.intermediate).toBe("good\n");
  });
});

interface Said {
  tags: string[];
  labels: Record<string, string>;
  log: string[];
  again: string[];
  output: string;
  failure: string;
  malformed: [number, string];
  missing: string;
  intermediate: string;
}
