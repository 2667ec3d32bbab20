import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { Driver } from "./driver.ts";
import { busyboxImage, ensureBusybox } from "./images.ts";
import { cacheDirectory, gantryBinary } from "./paths.ts";
import { patience } from "./command.ts";
import { type EngineOptions, TestEngine } from "./test-engine.ts";

export { busyboxImage };

// A bound for what hangs, not for what is slow: the machine may be busy with other things.
setDefaultTimeout(60_000 * patience);

/** The real docker client, where there is one: DOCKER names it, `scripts/test` fetches it. */
export function dockerClient(): { command: string; config: string } | undefined {
  const directory = process.env.GANTRY_CLIENTS ?? join(cacheDirectory, "clients");
  const command = join(directory, "bin", "docker");
  return existsSync(command) ? { command, config: join(directory, "config") } : undefined;
}

/** What a scenario gets: the driver, and the engine where it is ours. */
export interface Scene {
  driver: Driver;
  /** Undefined when the engine is a real dockerd. */
  engine: TestEngine | undefined;
}

/**
 * Runs the same scenarios with `gantry` and with the real docker client on an engine of ours, and, with
 * GANTRY_PEER_HOST, with that client on a real dockerd, which proves the scenarios themselves. GANTRY_DRIVERS
 * (`gantry,docker,peer`) chooses. What the engine leaves behind after its last container is gone is a failure.
 */
export function scenarios(title: string, define: (scene: Scene) => void, options: EngineOptions = {}): void {
  const chosen = (process.env.GANTRY_DRIVERS ?? "gantry,docker,peer").split(",");
  if (chosen.includes("gantry") || chosen.includes("docker")) {
    describe(`${title}, our engine`, () => ownEngine(chosen, define, options));
  }
  const docker = dockerClient();
  const peer = process.env.GANTRY_PEER_HOST;
  if (chosen.includes("peer") && docker !== undefined && peer !== undefined) {
    const driver = new Driver("docker on dockerd", "dockerd", peer, [docker.command], {
      DOCKER_CONFIG: docker.config,
    });
    describe(`${title}, dockerd`, () => withDriver(driver, { driver, engine: undefined }, define));
  }
}

function ownEngine(chosen: string[], define: (scene: Scene) => void, options: EngineOptions): void {
  // Filled in by beforeAll; scenarios read it only when they run.
  const scene = { engine: undefined as TestEngine | undefined };
  beforeAll(async () => {
    scene.engine = await TestEngine.start(options);
  }, 30_000);
  afterAll(async () => {
    const left = await scene.engine?.dispose();
    expect(left).toEqual([]);
  }, 60_000);
  const host = () => scene.engine?.host ?? "";
  const docker = dockerClient();
  if (chosen.includes("gantry")) {
    const driver = new Driver("gantry", "gantry", host, [gantryBinary]);
    describe("gantry", () => withDriver(driver, sceneOf(driver, scene), define));
  }
  if (chosen.includes("docker") && docker !== undefined) {
    const driver = new Driver("docker", "gantry", host, [docker.command], { DOCKER_CONFIG: docker.config });
    describe("docker", () => withDriver(driver, sceneOf(driver, scene), define));
  } else if (chosen.includes("docker")) {
    test.skip("docker: no client in .cache/clients (scripts/test fetches it where ../shared is)", () => {});
  }
}

function sceneOf(driver: Driver, holder: { engine: TestEngine | undefined }): Scene {
  return {
    driver,
    get engine() {
      return holder.engine;
    },
  };
}

function withDriver(driver: Driver, scene: Scene, define: (scene: Scene) => void): void {
  beforeAll(() => ensureBusybox(driver), 60_000);
  afterAll(() => driver.clean(), 60_000);
  define(scene);
}
