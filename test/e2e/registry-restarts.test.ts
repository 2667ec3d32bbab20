import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { file, tarOf } from "../../src/store/testing/tar-of.ts";
import { Driver } from "../support/driver.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { gantryBinary } from "../support/paths.ts";
import { eventually } from "../support/command.ts";
import { descriptor } from "../support/cosign.ts";
import { publish, putBlob, putManifest, sha256 } from "../support/published-image.ts";
import { noRegistry, TestRegistry } from "../support/registry.ts";
import { keptOf } from "../support/small-disk.ts";
import { TestEngine } from "../support/test-engine.ts";

setDefaultTimeout(60_000);
if (noRegistry !== undefined) test.skip(`registries that end: ${noRegistry}`, () => {});

const layerBytes = 6 << 20;

describe.skipIf(noRegistry !== undefined)("a registry", () => {
  let source: TestRegistry;
  let engine: TestEngine;
  let driver: Driver;
  let clean: ReturnType<typeof keptOf>;

  beforeAll(async () => {
    source = await TestRegistry.start();
    engine = await TestEngine.start();
    driver = new Driver("gantry", "gantry", engine.host, [gantryBinary]);
    clean = keptOf(engine);
  });
  afterAll(async () => {
    await source.dispose();
    expect(await engine.dispose()).toEqual([]);
  });

  /** What is removed goes behind. */
  const expectClean = () =>
    eventually("nothing is left", () => Bun.deepEquals(keptOf(engine), clean)).catch(() =>
      expect(keptOf(engine)).toEqual(clean),
    );

  test("that is killed in the middle of a push gets the blob anew, and the push goes on", async () => {
    const registry = await TestRegistry.start();
    const proxy = await FaultProxy.start(registry.host);
    try {
      const layers = [{ tar: tarOf(file("noise", randomBytes(layerBytes))) }];
      const image = await publish(`http://${source.host}`, "pushed", "1", layers);
      const target = `${proxy.host}/pushed:1`;
      // Nothing else is on its way when it ends.
      const config = await fetch(`http://${source.host}/v2/pushed/blobs/${image.configDigest}`);
      const bytes = Buffer.from(await config.bytes());
      await putBlob(`http://${registry.host}/v2/pushed`, { digest: image.configDigest, bytes });
      await driver.ok("pull", "-q", `${source.host}/pushed:1`);
      await driver.ok("tag", `${source.host}/pushed:1`, target);
      proxy.fail(/PATCH/, {
        kind: "cut-request",
        afterBytes: layerBytes / 2,
        meanwhile: async () => {
          await registry.kill();
          await registry.start();
        },
      });
      const pushed = await driver.run(["push", target]);
      expect(pushed.stderr).toBe("");
      expect(pushed.stdout).toContain(`1: digest: ${image.digest} size: `);
      // What the registry had not yet written is lost with it: the second one has all of the layer.
      const patches = proxy.requests(/PATCH/).map(({ path }) => path.split("?")[0]);
      expect(new Set(patches).size).toBe(2);
      const blob = await fetch(`http://${registry.host}/v2/pushed/blobs/${image.blobs[0]?.digest}`);
      expect(sha256(await blob.bytes())).toBe(image.blobs[0]?.digest ?? "");
      await driver.ok("rmi", `${source.host}/pushed:1`, target);
      await expectClean();
    } finally {
      proxy.dispose();
      await registry.dispose();
    }
  });

  test("whose blob is shorter than its manifest says is not believed, and nothing stays", async () => {
    const image = await publish(`http://${source.host}`, "short", "1", [{ tar: tarOf(file("a", "b")) }]);
    const manifest = JSON.parse(image.manifest.toString()) as { layers: { size: number }[] };
    for (const layer of manifest.layers) layer.size += 1000;
    const { mediaType } = descriptor("application/vnd.oci.image.manifest.v1+json", image.manifest);
    await putManifest(
      `http://${source.host}/v2/short`,
      "cut",
      Buffer.from(JSON.stringify(manifest)),
      mediaType,
    );
    const { code, text } = await driver.fails("pull", `${source.host}/short:cut`);
    expect(code).toBe(1);
    const { bytes, digest } = image.blobs[0] ?? { bytes: "", digest: "" };
    expect(text).toContain(`unexpected EOF: the registry has only ${bytes.length} bytes of ${digest}`);
    await expectClean();
  });
});
