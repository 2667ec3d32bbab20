import type { KeyObject } from "node:crypto";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { eventually, type Result } from "../support/command.ts";
import { makeSigner, signImage } from "../support/cosign.ts";
import { Driver } from "../support/driver.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { busyboxImage, busyboxTar, ensureBusybox } from "../support/images.ts";
import { gantryBinary } from "../support/paths.ts";
import { type Published, publish } from "../support/published-image.ts";
import { noRegistry, TestRegistry } from "../support/registry.ts";
import { TestEngine } from "../support/test-engine.ts";

setDefaultTimeout(60_000);
if (noRegistry !== undefined) test.skip(`the image policy and builds: ${noRegistry}`, () => {});

describe.skipIf(noRegistry !== undefined)("the image policy", () => {
  const engine = TestEngine.prepare();
  const driver = new Driver("gantry", "gantry", () => engine.host, [gantryBinary]);
  const file = (name: string) => join(engine.directory, name);
  let registry: TestRegistry;
  let proxy: FaultProxy;
  let keys: { trusted: KeyObject; next: KeyObject };

  const name = (repository: string) => `${proxy.host}/${repository}`;
  const rules = () => [
    { repository: name("pinned/*"), require: "digest" },
    { repository: name("signed/**"), require: "signature", keys: ["key.pub"] },
    { repository: name("closed/**"), require: "refuse" },
  ];

  async function published(repository: string): Promise<Published> {
    const tar = readFileSync(await busyboxTar());
    return await publish(`http://${registry.host}`, repository, "1", [{ tar }], {
      config: { Cmd: ["echo", repository], Env: ["PATH=/bin"] },
    });
  }

  const build = (dockerfile: string, ...flags: string[]): Promise<Result> =>
    driver.run(["build", "--progress", "plain", ...flags, "-"], { input: dockerfile });

  beforeAll(async () => {
    registry = await TestRegistry.start();
    proxy = await FaultProxy.start(registry.host);
    keys = { trusted: makeSigner(file("trusted.pub")), next: makeSigner(file("next.pub")) };
    copyFileSync(file("trusted.pub"), file("key.pub"));
    writeFileSync(file("policy.json"), JSON.stringify({ rules: rules() }));
    await engine.start();
    await ensureBusybox(driver);
  });
  beforeEach(() => proxy.reset());
  afterAll(async () => {
    await driver.clean();
    proxy.dispose();
    await registry.dispose();
    expect(await engine.dispose()).toEqual([]);
  });

  test("counts from a SIGHUP on; one that cannot be used leaves the last one", async () => {
    await published("closed/a");
    await driver.ok("pull", "-q", name("closed/a:1"));
    await driver.ok("rmi", name("closed/a:1"));
    await reload("policy.json", /"configuration read again".*imagePolicy|read again.*imagePolicy/);
    expect((await driver.fails("pull", name("closed/a:1"))).text).toContain("are not allowed here");
    writeFileSync(file("broken.json"), "{");
    await reload("broken.json", /stays as it was: the image policy \S+broken\.json cannot be used/);
    expect((await driver.fails("pull", name("closed/a:1"))).text).toContain("are not allowed here");
  });

  /** What a Dockerfile can take from an image. */
  const uses = [
    ["FROM", (image: string) => `FROM ${image}\nRUN true\n`],
    [
      "an earlier stage",
      (image: string) => `FROM ${image} AS a\nFROM ${busyboxImage}\nCOPY --from=a /bin /b\n`,
    ],
    ["COPY --from", (image: string) => `FROM ${busyboxImage}\nCOPY --from=${image} /bin /b\n`],
    ["a mount", (image: string) => `FROM ${busyboxImage}\nRUN --mount=from=${image},target=/m ls /m\n`],
    ["a variable", (image: string) => `ARG BASE=${image}\nFROM $BASE\nRUN true\n`],
  ] as const;

  test.each(uses)("is kept by a build's %s, before anything is fetched", async (_what, dockerfile) => {
    const images = [
      ["closed/b", "are not allowed here"],
      ["pinned/b", "must be named by their digest"],
      ["signed/b", "has no signature"],
    ] as const;
    for (const [repository, reason] of images) {
      await published(repository);
      const { code, stderr } = await build(dockerfile(name(`${repository}:1`)));
      expect(code).toBe(1);
      expect(stderr).toContain("refused by the image policy");
      expect(stderr).toContain(reason);
    }
    expect(proxy.requests(/blobs/)).toEqual([]);
    expect(proxy.requests(/closed|pinned/)).toEqual([]);
  });

  test("lets build on what it lets run", async () => {
    const pinned = await published("pinned/c");
    const signed = await published("signed/c");
    await signImage(`http://${registry.host}`, "signed/c", signed.digest, keys.trusted);
    const tag = driver.own("built");
    const lines = [`FROM ${name("signed/c:1")}`, `COPY --from=${name("pinned/c")}@${pinned.digest} /bin /b`];
    const built = await build(lines.join("\n"), "-t", tag);
    expect(built.stderr).not.toContain("refused");
    expect(await driver.ok("run", "--rm", tag)).toBe("signed/c");
    await driver.ok("rmi", tag, name("signed/c:1"), `${name("pinned/c")}@${pinned.digest}`);
  });

  test("is kept by images that are here, in builds and as mounts", async () => {
    await driver.ok("tag", busyboxImage, name("signed/own:1"));
    const refused = await build(`FROM ${name("signed/own:1")}\nRUN true\n`);
    expect(refused.stderr).toContain("no trusted signature was found");
    const mount = ["--mount", `type=image,source=${name("signed/own:1")},target=/m`];
    const { text } = await driver.fails("create", ...mount, busyboxImage);
    expect(text).toContain("no trusted signature was found");
    await driver.ok("rmi", name("signed/own:1"));
  });

  test("follows a key that is replaced, with the next command", async () => {
    const { digest } = await published("signed/d");
    await signImage(`http://${registry.host}`, "signed/d", digest, keys.trusted);
    await driver.ok("pull", "-q", name("signed/d:1"));
    copyFileSync(file("next.pub"), file("key.pub"));
    for (const args of [["run", "--rm"], ["pull"]])
      expect((await driver.fails(...args, name("signed/d:1"))).text).toContain("refused by the image policy");
    expect((await build(`FROM ${name("signed/d:1")}\n`)).stderr).toContain("refused by the image policy");
    await signImage(`http://${registry.host}`, "signed/d", digest, keys.next);
    await driver.ok("pull", "-q", name("signed/d:1"));
    expect(await driver.ok("run", "--rm", name("signed/d:1"))).toBe("signed/d");
    await driver.ok("rmi", name("signed/d:1"));
  });

  /** Waits for what the log says of it. */
  async function reload(policy: string, said: RegExp): Promise<void> {
    writeFileSync(file("daemon.json"), JSON.stringify({ "image-policy": file(policy) }));
    process.kill(engine.pid, "SIGHUP");
    await eventually(`the log says ${said}`, () => said.test(engine.log));
  }
});
