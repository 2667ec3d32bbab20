import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { eventually, must } from "../support/command.ts";
import { Driver } from "../support/driver.ts";
import { busyboxImage as image, ensureBusybox } from "../support/images.ts";
import { gantryBinary } from "../support/paths.ts";
import { publish } from "../support/published-image.ts";
import { noRegistry, TestRegistry } from "../support/registry.ts";
import { TestEngine } from "../support/test-engine.ts";

setDefaultTimeout(60_000);

describe("storage", () => {
  const engine = TestEngine.prepare();
  const driver = new Driver("gantry", "gantry", () => engine.host, [gantryBinary]);
  const own = (name: string) => driver.own(name);
  const file = (name: string) => join(engine.directory, name);
  const imageNames = async () =>
    (await driver.ok("images", "--format", "{{.Repository}}:{{.Tag}}", own("*"))).split("\n").sort();

  beforeAll(async () => {
    writeFileSync(file("daemon.json"), '{"storage": {"max": "16MB"}}');
    await engine.start();
    await ensureBusybox(driver);
    for (const name of ["one", "two", "three"]) {
      writeFileSync(file(name), randomBytes(6 << 20));
      await must(["tar", "-C", engine.directory, "-cf", file(`${name}.tar`), name]);
    }
  });
  afterAll(async () => {
    await driver.clean();
    expect(await engine.dispose()).toEqual([]);
  });

  /** Bytes in files below the data root's directories, as `du` has them. */
  async function bytesIn(...names: string[]): Promise<number> {
    const paths = names.map((name) => join(engine.dataRoot, name));
    return Number((await must(["sh", "-c", countFiles, "sh", ...paths])).trim());
  }

  async function usage(): Promise<{ LayersSize: number; Containers: { SizeRw?: number }[] }> {
    return (await fetch("http://engine/v1.51/system/df", { unix: engine.socket })).json() as never;
  }

  test("df tells what images and containers take, to the byte", async () => {
    await driver.ok("import", file("one.tar"), own("one"));
    await driver.ok(
      "run",
      "--name",
      own("writer"),
      image,
      "dd",
      "if=/dev/zero",
      "of=/f",
      "bs=12345",
      "count=7",
    );
    const { LayersSize, Containers } = await usage();
    const writable = await bytesIn("layers/writable");
    expect(LayersSize).toBe((await bytesIn("layers", "blobs", "partial")) - writable);
    expect(Containers.map(({ SizeRw }) => SizeRw)).toEqual([12345 * 7]);
    expect(writable).toBe(12345 * 7);
    const [images = "", containers = ""] = (
      await driver.ok("system", "df", "--format", "{{.Type}} {{.TotalCount}} {{.Active}} {{.Size}}")
    ).split("\n");
    expect(images).toBe(`Images 2 1 ${(LayersSize / 1e6).toPrecision(4).replace(/\.?0+$/, "")}MB`);
    expect(containers).toBe("Containers 1 0 86.42kB");
    await driver.ok("rm", own("writer"));
    await driver.ok("rmi", own("one"));
  });

  test.skipIf(noRegistry !== undefined)("df counts what a pulled layer is kept in, too", async () => {
    const registry = await TestRegistry.start();
    try {
      await publish(`http://${registry.host}`, "a", "1", [{ tar: readFileSync(file("one.tar")) }]);
      await driver.ok("pull", `${registry.host}/a:1`);
      const { LayersSize } = await usage();
      expect(LayersSize).toBe(await bytesIn("layers", "blobs", "partial"));
      expect(LayersSize).toBeGreaterThan(12 << 20);
      await driver.ok("rmi", `${registry.host}/a:1`);
    } finally {
      await registry.dispose();
    }
  });

  test("over the budget of daemon.json the least recently used image goes, and it is told", async () => {
    const since = String(Date.now() / 1000);
    await driver.ok("import", "-c", 'CMD ["true"]', file("one.tar"), own("one"));
    await driver.ok("import", "-c", 'CMD ["true"]', file("two.tar"), own("two"));
    // Used since the others came.
    for (const name of [image, own("one")]) {
      await driver.ok("create", "--name", own("user"), name);
      await driver.ok("rm", own("user"));
    }
    await driver.ok("import", file("three.tar"), own("three"));
    const wanted = [own("one"), own("three")].map((name) => `${name}:latest`).sort();
    await eventually("the image goes", async () => Bun.deepEquals(await imageNames(), wanted));
    expect(engine.log).toContain(
      `removed the image ${own("two")}:latest to keep the storage budget: it freed 6.2`,
    );
    const format = "{{.Action}} {{.Actor.Attributes.names}}";
    const events = await driver.ok(
      "events",
      "--since",
      since,
      "--until",
      String(Date.now() / 1000),
      "--filter",
      "event=evict",
      "--format",
      format,
    );
    expect(events).toBe(`evict ${own("two")}:latest`);
    await eventually("the disk has it back", async () => (await usage()).LayersSize <= 16 << 20);
    expect(await bytesIn("layers", "blobs")).toBeLessThan(16 << 20);
    await driver.ok("rmi", own("one"), own("three"));
  });
});

const countFiles = `find "$@" -type f -printf '%i %s\\n' | sort -u | awk '{sum += $2} END {printf "%d", sum}'`;
