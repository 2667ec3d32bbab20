import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { file, tarOf } from "../../src/store/testing/tar-of.ts";
import { eventually, must } from "../support/command.ts";
import { CrashRig } from "../support/crash-rig.ts";
import { busyboxImage as image } from "../support/images.ts";
import { publish } from "../support/published-image.ts";
import { noRegistry, TestRegistry } from "../support/registry.ts";

setDefaultTimeout(60_000);

const maxBytes = 16 << 20;
const noiseBytes = 6 << 20;

interface Usage {
  LayersSize: number;
  BuildCache: { Type: string; Size: number }[];
}

describe.skipIf(noRegistry !== undefined)("the storage budget, with the engine killed on the way", () => {
  let registry: TestRegistry;
  let rig: CrashRig;
  const name = (repository: string) => `${registry.host}/${repository}:1`;

  beforeAll(async () => {
    registry = await TestRegistry.start();
    rig = await CrashRig.start({ flags: ["--storage-max", "16MB"] });
    for (const repository of ["first", "second"])
      await publish(`http://${registry.host}`, repository, "1", [
        { tar: tarOf(file("noise", randomBytes(noiseBytes))) },
      ]);
  });
  afterAll(async () => {
    await rig.driver.run(["rmi", "-f", name("first"), name("second"), "built:1", "third:1"]);
    await rig.driver.ok("builder", "prune", "-af");
    await registry.dispose();
    expect(await rig.engine.dispose()).toEqual([]);
  });

  async function usage(): Promise<Usage> {
    return (await fetch("http://engine/v1.51/system/df", { unix: rig.engine.socket })).json() as never;
  }

  /** Of everything that the budget counts, as `du` has it: every file once. */
  async function onDisk(): Promise<number> {
    const roots = ["layers", "blobs", "partial", "build/contents", "build/caches"];
    const there = roots.map((root) => join(rig.engine.dataRoot, root)).filter((path) => existsSync(path));
    const count = `find "$@" -type f -printf '%i %s\\n' | sort -u | awk '{sum += $2} END {printf "%d", sum}'`;
    return Number((await must(["sh", "-c", count, "sh", ...there])).trim());
  }

  /** Within the budget, and df is true to the byte. */
  async function expectKept(): Promise<void> {
    await eventually("the budget is kept", async () => {
      const bytes = told(await usage());
      return bytes <= maxBytes && bytes === (await onDisk());
    });
    expect(readdirSync(join(rig.engine.dataRoot, "layers", "trash"))).toEqual([]);
  }

  function forms(): string[] {
    const layers = join(rig.engine.dataRoot, "layers");
    return readdirSync(layers).filter((each) => existsSync(join(layers, each, "blob")));
  }

  const isHere = async (reference: string) =>
    (await rig.driver.run(["image", "inspect", reference])).code === 0;

  test("compressed forms go first: killed while one goes, no image is lost and nothing stays of it", async () => {
    await rig.driver.ok("pull", name("first"));
    expect(forms()).toHaveLength(1);
    await rig.dieAt("layer.blob-forgotten", ["pull", name("second")]);
    await expectKept();
    expect(forms().length).toBeLessThan(2);
    for (const each of ["first", "second"]) expect(await isHere(name(each))).toBeTrue();
    // What is to be pushed is found in its registry.
    const pushed = await rig.driver.ok("push", name("first"));
    expect(pushed).toContain("Layer already exists");
  });

  test("build cache goes before images", async () => {
    const place = join(rig.engine.directory, "context");
    mkdirSync(place);
    const fill = "dd if=/dev/urandom of=/c/noise bs=1M count=3 2>/dev/null; echo built > /built";
    writeFileSync(join(place, "Dockerfile"), `FROM ${image}\nRUN --mount=type=cache,target=/c ${fill}\n`);
    await rig.driver.ok("build", "-q", "-t", "built:1", place);
    await eventually("the cache is gone", async () =>
      (await usage()).BuildCache.every(({ Type }) => Type !== "exec.cachemount"),
    );
    expect(rig.engine.log).toContain("removed build cache to keep the storage budget: it freed");
    await expectKept();
    for (const each of [name("first"), name("second"), "built:1"]) expect(await isHere(each)).toBeTrue();
  });

  test("killed while an image goes, it is gone, the others are whole, and df is true", async () => {
    const tar = join(rig.engine.directory, "third.tar");
    writeFileSync(tar, tarOf(file("noise", randomBytes(noiseBytes))));
    await rig.dieAt("image:forgotten", ["import", tar, "third:1"]);
    await expectKept();
    const here = await Promise.all(["first", "second"].map((each) => isHere(name(each))));
    expect(here.filter(Boolean)).toHaveLength(1);
    expect(await isHere("third:1")).toBeTrue();
    expect(await rig.driver.ok("run", "--rm", "built:1", "cat", "/built")).toBe("built");
  });
});

/** The same, as df tells it. */
function told({ LayersSize, BuildCache }: Usage): number {
  const beside = BuildCache.filter(({ Type }) => ["exec.cachemount", "source.local"].includes(Type));
  return beside.reduce((sum, { Size }) => sum + Size, LayersSize);
}
