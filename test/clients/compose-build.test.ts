// Docker's own compose, which builds by the classic API where BuildKit is not wanted.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { BuildFolders } from "../support/build-folder.ts";
import { Driver } from "../support/driver.ts";
import { dockerClient } from "../support/drivers.ts";
import { busyboxImage, ensureBusybox } from "../support/images.ts";
import { TestEngine } from "../support/test-engine.ts";

setDefaultTimeout(60_000);

const docker = dockerClient();
const hasCompose = docker !== undefined && existsSync(join(docker.config, "cli-plugins/docker-compose"));
if (!hasCompose) test.skip("docker compose: skipped, the plugin is not here", () => {});

describe.skipIf(!hasCompose)("docker compose build", () => {
  const engine = TestEngine.prepare();
  const env = { DOCKER_CONFIG: docker?.config ?? "", DOCKER_BUILDKIT: "0" };
  const driver = new Driver("docker", "gantry", () => engine.host, [docker?.command ?? ""], env);
  let folders: BuildFolders;

  beforeAll(async () => {
    folders = new BuildFolders();
    await engine.start();
    await ensureBusybox(driver);
  });
  afterAll(async () => {
    folders[Symbol.dispose]();
    await driver.ok("rmi", "composed:1");
    expect(await engine.dispose()).toEqual([]);
  });

  test("builds services with their arguments, targets and caches", async () => {
    const services = {
      app: {
        image: "composed:1",
        build: { context: "./app", target: "wanted", args: { WORD: "hello" }, cache_from: ["nowhere:1"] },
      },
    };
    const root = folders.make({
      "compose.yaml": JSON.stringify({ services }),
      "app/Dockerfile": `FROM ${busyboxImage} AS wanted\nARG WORD\nRUN echo $WORD > /word\nFROM wanted\nRUN exit 1\n`,
    });
    const said = await driver.ok("compose", "--project-directory", root, "build");
    expect(said).toContain("Successfully tagged composed:1");
    expect(await driver.ok("run", "--rm", "composed:1", "cat", "/word")).toBe("hello");
  });
});
