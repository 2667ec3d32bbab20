import { randomBytes } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { eventually, must } from "../support/command.ts";
import { Driver } from "../support/driver.ts";
import { busyboxImage as image, ensureBusybox } from "../support/images.ts";
import { gantryBinary } from "../support/paths.ts";
import { type PublishedLayer, publish } from "../support/published-image.ts";
import { noRegistry, TestRegistry } from "../support/registry.ts";
import { growDataRoot, keptOf, shrinkDataRoot } from "../support/small-disk.ts";
import { TestEngine } from "../support/test-engine.ts";

setDefaultTimeout(60_000);

const diskMebibytes = 40;
const refusal = "no space left on device";

describe("a full disk", () => {
  const engine = TestEngine.prepare();
  const driver = new Driver("gantry", "gantry", () => engine.host, [gantryBinary]);
  const own = (name: string) => driver.own(name);
  const file = (name: string) => join(engine.directory, name);
  let kept: ReturnType<typeof keptOf>;

  beforeAll(async () => {
    await shrinkDataRoot(engine, diskMebibytes);
    await engine.start();
    await ensureBusybox(driver);
    // More than there is room for, and a tenth of it.
    writeFileSync(file("big"), randomBytes(diskMebibytes << 20));
    writeFileSync(file("small"), randomBytes(4 << 20));
    for (const name of ["big", "small"])
      await must(["tar", "-C", engine.directory, "-cf", file(`${name}.tar`), name]);
    rmSync(file("big"));
    kept = keptOf(engine);
  });
  afterAll(async () => {
    await driver.clean();
    await engine.end();
    await growDataRoot(engine);
    expect(await engine.dispose()).toEqual([]);
  });

  async function expectAsBefore(): Promise<void> {
    await eventually("what was begun is gone", () => Bun.deepEquals(keptOf(engine), kept), 8000);
    expect(keptOf(engine)).toEqual(kept);
  }

  test("import is refused and leaves nothing; a smaller one still fits", async () => {
    expect(await driver.fails("import", file("big.tar"), own("big"))).toEqual({
      code: 1,
      text: `Error response from daemon: ${refusal}\n`,
    });
    await expectAsBefore();
    await driver.ok("import", file("small.tar"), own("small"));
    await driver.ok("rmi", own("small"));
    await expectAsBefore();
  });

  test("load is refused and leaves nothing, also of what came before it in the archive", async () => {
    await must(["sh", "-ec", archiveScript, "sh", engine.directory]);
    const { code, text } = await driver.fails("load", "-i", file("archive.tar"));
    expect(code).toBe(1);
    expect(text).toContain(refusal);
    await expectAsBefore();
    expect(await driver.ok("images", "-q", own("*"))).toBe("");
  });

  test.skipIf(noRegistry !== undefined)(
    "pull is refused and leaves nothing, not even what could be gone on with",
    async () => {
      const registry = await TestRegistry.start();
      try {
        const [small, big] = ["small", "big"].map((name) => ({ tar: readFileSync(file(`${name}.tar`)) }));
        await publish(`http://${registry.host}`, "big", "1", [small, big] as PublishedLayer[]);
        const { code, text } = await driver.fails("pull", `${registry.host}/big:1`);
        expect(code).toBe(1);
        expect(text).toContain(refusal);
        await expectAsBefore();
        expect(await driver.ok("system", "df", "--format", "{{.Type}} {{.TotalCount}}")).toStartWith(
          "Images 1\n",
        );
      } finally {
        await registry.dispose();
      }
    },
  );

  test("commit is refused, the container stays whole, and can be removed", async () => {
    const name = own("writer");
    await driver.ok("run", "--name", name, image, "dd", "if=/dev/urandom", "of=/f", "bs=1M", "count=20");
    expect((await driver.fails("commit", name, own("copy"))).text).toContain(refusal);
    await expectAsBefore();
    expect(await driver.ok("diff", name)).toBe("A /f");
    await driver.ok("rm", name);
  });

  test("a container that fills the disk ends and is seen to end; others run, and removing it frees the space", async () => {
    const name = own("filler");
    const filled = await driver.run([
      "run",
      "--name",
      name,
      image,
      "dd",
      "if=/dev/urandom",
      "of=/f",
      "bs=1M",
    ]);
    expect(filled.code).toBe(1);
    expect(filled.stderr.toLowerCase()).toContain(refusal);
    expect(await driver.ok("inspect", "-f", "{{.State.Status}} {{.State.ExitCode}}", name)).toBe("exited 1");
    expect(await driver.ok("run", "--rm", image, "echo", "still here")).toBe("still here");
    expect((await driver.fails("commit", name, own("copy"))).text).toContain(refusal);
    await driver.ok("rm", name);
    await expectAsBefore();
    await eventually("there is room again", async () => {
      return (await driver.run(["import", file("small.tar"), own("small")])).code === 0;
    });
    await driver.ok("rmi", own("small"));
    await expectAsBefore();
  });
});

/** An archive of a small layer and, after it, the one that does not fit. */
const archiveScript = `
cd "$1"
sum() { sha256sum "$1" | cut -d' ' -f1; }
printf '{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":["sha256:%s","sha256:%s"]}}' \\
  "$(sum small.tar)" "$(sum big.tar)" >config.json
printf '[{"Config":"config.json","RepoTags":null,"Layers":["small.tar","big.tar"]}]' >manifest.json
tar -cf archive.tar small.tar big.tar config.json manifest.json
`;
