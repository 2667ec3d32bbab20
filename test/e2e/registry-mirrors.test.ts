import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { file, tarOf } from "../../src/store/testing/tar-of.ts";
import { Driver } from "../support/driver.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { gantryBinary } from "../support/paths.ts";
import { publish } from "../support/published-image.ts";
import { noRegistry, TestRegistry } from "../support/registry.ts";
import { TestEngine } from "../support/test-engine.ts";

setDefaultTimeout(60_000);
if (noRegistry !== undefined) test.skip(`mirrors: ${noRegistry}`, () => {});

describe.skipIf(noRegistry !== undefined)("mirrors of a registry that is out of reach", () => {
  let registry: TestRegistry;
  let broken: FaultProxy;
  let engine: TestEngine;
  let driver: Driver;

  beforeAll(async () => {
    registry = await TestRegistry.start();
    broken = await FaultProxy.start(registry.host);
    engine = TestEngine.prepare();
    const mirrors = [
      `http://${broken.host}`,
      { url: `http://${registry.host}`, rewrite: { "^team/(.*)$": "cache/team/$1" } },
    ];
    const config = { registries: { "registry.invalid": { mirrors } } };
    writeFileSync(join(engine.directory, "daemon.json"), JSON.stringify(config));
    await engine.start();
    driver = new Driver("gantry", "gantry", engine.host, [gantryBinary]);
  });
  afterAll(async () => {
    broken.dispose();
    await registry.dispose();
    expect(await engine.dispose()).toEqual([]);
  });

  test("are asked in their order, under their own names, and it is said", async () => {
    const image = await publish(`http://${registry.host}`, "cache/team/app", "1", [
      { tar: tarOf(file("a", "b")) },
    ]);
    broken.fail(/manifests/, { kind: "status", status: 404 }, 5);
    const pulled = await driver.ok("pull", "registry.invalid/team/app:1");
    expect(pulled).toContain("1: Pulling from team/app\n");
    expect(pulled).toContain(`Mirror http://${broken.host} does not help: `);
    expect(pulled).toContain(`Using mirror http://${registry.host}\n`);
    expect(pulled).toContain(`Digest: ${image.digest}\n`);
    expect(await driver.ok("images", "--digests", "--format", "{{.Repository}}:{{.Tag}}@{{.Digest}}")).toBe(
      `registry.invalid/team/app:1@${image.digest}`,
    );
    await driver.ok("rmi", "registry.invalid/team/app:1");
  });

  test("do not stand in for one another's names", async () => {
    const refused = await driver.fails("pull", "other.invalid/team/app:1");
    expect(refused.text).toContain('Get "https://other.invalid/v2/": dial tcp: lookup other.invalid');
  });
});
