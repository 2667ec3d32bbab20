import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { eventually, must } from "../support/command.ts";
import { CrashRig } from "../support/crash-rig.ts";
import { busyboxTar } from "../support/images.ts";
import { keptOf } from "../support/small-disk.ts";

setDefaultTimeout(60_000);

describe("the engine is killed while images come and go, at", () => {
  let rig: CrashRig;
  let tag: string;
  let archive: string;
  /** What there is without the image of these tests. */
  let without: ReturnType<typeof keptOf>;

  beforeAll(async () => {
    rig = await CrashRig.start();
    tag = rig.driver.own("image:1");
    archive = join(rig.engine.directory, "archive.tar");
    const tar = join(rig.engine.directory, "new.tar");
    copyFileSync(await busyboxTar(), tar);
    await must(["tar", "-rf", tar, "-C", rig.engine.directory, "engine.log"]);
    without = keptOf(rig.engine);
    await rig.driver.ok("import", "-c", "LABEL doomed=yes", tar, tag);
    await rig.driver.ok("save", "-o", archive, tag);
    await rig.driver.ok("rmi", tag);
  });
  afterAll(async () => {
    await rig.expectClean();
    expect(await rig.engine.dispose()).toEqual([]);
  });

  async function expectGone(): Promise<void> {
    expect((await rig.driver.run(["image", "inspect", tag])).code).toBe(1);
    await eventually("nothing of it stays", () => Bun.deepEquals(keptOf(rig.engine), without), 8000);
  }

  test.each(["layer.unpacked", "layer.renamed", "load:layers", "load:images"])(
    "load, %s: there is no such image, and it can be loaded",
    async (step) => {
      expect((await rig.dieAt(step, ["load", "-i", archive])).code).not.toBe(0);
      await expectGone();
      await rig.driver.ok("load", "-i", archive);
      expect(await rig.driver.ok("run", "--rm", tag, "echo", "loaded")).toBe("loaded");
      await rig.driver.ok("rmi", tag);
      await expectGone();
    },
  );

  test.each(["image:forgotten", "image:blobs", "layer.freed", "layer.trashed"])(
    "rmi, %s: the image is gone, and so is all that it took",
    async (step) => {
      await rig.driver.ok("load", "-i", archive);
      expect((await rig.dieAt(step, ["rmi", tag])).code).not.toBe(0);
      await expectGone();
    },
  );

  test("a prune, layer.freed: what it had begun is finished", async () => {
    await rig.driver.ok("load", "-i", archive);
    await rig.dieAt("layer.freed", ["image", "prune", "-a", "-f", "--filter", "label=doomed"]);
    await expectGone();
    await rig.driver.ok("load", "-i", archive);
    await rig.driver.ok("rmi", tag);
    await expectGone();
  });
});
