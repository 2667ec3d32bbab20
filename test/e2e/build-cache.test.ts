// Caches that travel: one engine builds and exports, another, which knows nothing, builds the same.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BuildFolders } from "../support/build-folder.ts";
import { must, type Result } from "../support/command.ts";
import { Driver } from "../support/driver.ts";
import { dockerClient } from "../support/drivers.ts";
import { busyboxImage, ensureBusybox } from "../support/images.ts";
import { gantryBinary } from "../support/paths.ts";
import { noRegistry, TestRegistry } from "../support/registry.ts";
import { TestEngine } from "../support/test-engine.ts";

setDefaultTimeout(60_000);
if (noRegistry !== undefined) test.skip(`caches in registries: ${noRegistry}`, () => {});

const epoch = { SOURCE_DATE_EPOCH: "1700000000" };
/** Steps of another stage count for nothing but in a cache of mode=max. */
const stages = [
  `FROM ${busyboxImage} AS compiler`,
  "WORKDIR /src",
  "COPY source /src/",
  "RUN cat source > /made && head -c 300000 /dev/urandom > /ballast",
  `FROM ${busyboxImage}`,
  "COPY --from=compiler /made /made",
  "RUN --mount=type=secret,id=key,required=true echo done > /done && cat /run/secrets/key > /dev/null",
  "CMD cat /made",
].join("\n");

describe("a build cache", () => {
  const [first, second] = [TestEngine.prepare(), TestEngine.prepare()];
  const [here, there] = [driverOf(first), driverOf(second)];
  let folders: BuildFolders;

  beforeAll(async () => {
    folders = new BuildFolders();
    for (const engine of [first, second]) await engine.start();
    await ensureBusybox(here);
    // Imported twice it would be two images.
    const archive = join(folders.make(), "base.tar");
    await here.ok("save", "-o", archive, busyboxImage);
    await there.ok("load", "-i", archive);
  });
  afterAll(async () => {
    folders[Symbol.dispose]();
    for (const engine of [first, second]) expect(await engine.dispose()).toEqual([]);
  });

  describe("in a folder", () => {
    test("of mode=max: another engine runs nothing and makes the same image", async () => {
      const root = folders.make({ Dockerfile: stages, source: "one\n" });
      const cache = join(root, "..", "max");
      await built(here, "-t", "cached", "--cache-to", `type=local,dest=${cache},mode=max`, root);
      expect(readFileSync(join(cache, "oci-layout"), "utf8")).toBe('{"imageLayoutVersion":"1.0.0"}');
      const from = ["--cache-from", `type=local,src=${cache}`, "--explain"];
      const log = await built(there, "-t", "cached", ...from, root);
      expect(stepsIn(log).ran).toEqual([]);
      expect(stepsIn(log).cached).toHaveLength(5);
      expect(log).toContain(`importing cache manifest from ${cache}`);
      expect(log).toContain(`cached: imported from ${cache}`);
      expect(await idOf(there, "cached")).toBe(await idOf(here, "cached"));
      expect(await there.ok("run", "--rm", "cached")).toBe("one");
    });

    test("counts up to the first step that reads something else", async () => {
      const root = folders.make({ Dockerfile: stages, source: "two\n" });
      await forget(there);
      const cache = join(root, "..", "max");
      const log = await built(there, "-t", "cached", "--cache-from", `type=local,src=${cache}`, root);
      expect(stepsIn(log).cached).toEqual(["[compiler 2/4] WORKDIR /src"]);
      expect(await there.ok("run", "--rm", "cached")).toBe("two");
    });

    test("holds no secret, and of mode=min nothing of other stages", async () => {
      const root = folders.make({ Dockerfile: stages, source: "one\n" });
      const [max, min] = [join(root, "..", "max"), join(root, "min")];
      await built(here, "--cache-to", `type=local,dest=${min},compression=uncompressed`, root);
      expect(blobsIn(min).length).toBeLessThan(blobsIn(max).length);
      for (const blob of [...blobsIn(max), ...blobsIn(min)])
        expect(blob.includes("s3cret-value")).toBeFalse();
    });

    test("with wrong bytes is worth nothing: the step runs, and nothing of them stays", async () => {
      const root = folders.make({ Dockerfile: stages, source: "one\n" });
      const cache = join(root, "bad");
      await built(here, "--cache-to", `type=local,dest=${cache},mode=max`, root);
      const directory = join(cache, "blobs/sha256");
      for (const name of readdirSync(directory)) {
        const bytes = readFileSync(join(directory, name));
        if (bytes[0] === 0x1f) writeFileSync(join(directory, name), bytes.fill(0x61, bytes.length - 20));
      }
      await forget(there);
      const log = await built(there, "-t", "cached", "--cache-from", `type=local,src=${cache}`, root);
      expect(stepsIn(log).cached).toEqual([]);
      expect(log).toContain("cache ignored: filesystem layer verification failed");
      expect(await there.ok("run", "--rm", "cached")).toBe("one");
    });

    test("that is not there, or is no cache, is told of and done without", async () => {
      const root = folders.make({ Dockerfile: `FROM ${busyboxImage}\nRUN echo ran\n` });
      const log = await built(there, "--no-cache", "--cache-from", "type=local,src=/nowhere", root);
      expect(log).toContain("ran");
      await forget(there);
      const again = await built(there, "--cache-from", "type=local,src=/nowhere", root);
      expect(again).toMatch(/ERROR: cache ignored: no such file in the layout/);
    });
  });

  test("options that nobody knows are refused by name", async () => {
    const root = folders.make({ Dockerfile: `FROM ${busyboxImage}\n` });
    const refused = async (flag: string, value: string) => (await build(here, flag, value, root)).stderr;
    expect(await refused("--cache-to", "type=gha")).toContain(
      'unknown cache exporter: "gha" (one of registry, local, inline',
    );
    expect(await refused("--cache-from", "type=s3,bucket=a")).toContain('unknown cache importer: "s3"');
    expect(await refused("--cache-to", "type=local")).toContain("dest is required for a local cache");
    expect(await refused("--cache-to", "type=local,dest=a,speed=9")).toContain(
      'unknown option "speed" of a cache of type local',
    );
    expect(await refused("--cache-to", "type=registry,ref=a,mode=most")).toContain(
      'invalid cache mode "most"',
    );
  });

  describe.skipIf(noRegistry !== undefined)("in a registry", () => {
    let registry: TestRegistry;
    beforeAll(async () => {
      registry = await TestRegistry.start();
    });
    afterAll(() => registry.dispose());

    test("serves another engine, which fetches only what its steps need", async () => {
      const root = folders.make({ Dockerfile: stages, source: "one\n" });
      const ref = `${registry.host}/cache:max`;
      await built(
        here,
        "-t",
        "cached",
        "--cache-to",
        `type=registry,ref=${ref},mode=max,compression=zstd`,
        root,
      );
      await forget(there);
      const log = await built(there, "-t", "cached", "--cache-from", ref, root);
      expect(stepsIn(log).ran).toEqual([]);
      expect(await idOf(there, "cached")).toBe(await idOf(here, "cached"));
      // A build that has nothing in common fetches the description alone.
      const other = folders.make({ Dockerfile: `FROM ${busyboxImage}\nRUN echo else > /else\n` });
      await forget(there);
      const nothing = await built(there, "--cache-from", ref, other);
      expect(stepsIn(nothing).cached).toEqual([]);
      expect(nothing).not.toMatch(/Downloading|Pull complete/);
    });

    test("within an image: what was pushed is built upon", async () => {
      const dockerfile = `FROM ${busyboxImage}\nRUN head -c 1000 /dev/urandom | sha1sum > /random\nCMD cat /random\n`;
      const root = folders.make({ Dockerfile: dockerfile });
      const name = `${registry.host}/inline:1`;
      await built(here, "-t", name, "--cache-to", "type=inline", "--push", root);
      await forget(there);
      const log = await built(there, "-t", "cached", "--cache-from", name, root);
      expect(stepsIn(log).ran).toEqual([]);
      expect(await there.ok("run", "--rm", "cached")).toBe(await here.ok("run", "--rm", name));
    });

    test.skipIf(dockerClient() === undefined)(
      "within an image, by Docker's client and the classic API",
      async () => {
        const { command = "", config = "" } = dockerClient() ?? {};
        const classic = (engine: TestEngine, ...args: string[]) =>
          must([command, ...args], {
            env: { DOCKER_HOST: engine.host, DOCKER_CONFIG: config, DOCKER_BUILDKIT: "0" },
          });
        const root = folders.make({ Dockerfile: `FROM ${busyboxImage}\nRUN echo classic > /classic\n` });
        const name = `${registry.host}/classic:1`;
        await classic(first, "build", "-t", name, "--build-arg", "BUILDKIT_INLINE_CACHE=1", root);
        await classic(first, "push", name);
        await forget(there);
        expect(await classic(second, "build", "--cache-from", name, root)).toContain("---> Using cache");
        await classic(second, "pull", name);
        await there.ok("builder", "prune", "-af");
        await registry.kill();
        // By what the image says that is here.
        expect(await classic(second, "build", "--cache-from", name, root)).toContain("---> Using cache");
        await there.ok("rmi", "-f", name);
        await registry.start();
      },
    );

    test("that does not answer: builds go on without it, exports fail unless that does not count", async () => {
      const root = folders.make({ Dockerfile: `FROM ${busyboxImage}\nRUN echo made > /made\n` });
      const nowhere = "127.0.0.1:1/cache";
      await forget(there);
      const log = await built(there, "-t", "cached", "--cache-from", nowhere, root);
      expect(log).toMatch(/ERROR: cache ignored: .*refused/);
      const to = `type=registry,ref=${nowhere}`;
      const failed = await build(there, "-t", "cached-2", "--cache-to", to, root);
      expect([failed.code, failed.stderr]).toEqual([
        1,
        expect.stringContaining("failed to export build cache"),
      ]);
      // The image was delivered before.
      expect(await there.ok("run", "--rm", "cached-2", "cat", "/made")).toBe("made");
      await built(there, "--cache-to", `${to},ignore-error=true`, root);
    });

    test("by BuildKit is told apart: its keys mean nothing here", async () => {
      const url = `http://${registry.host}/v2/foreign`;
      const config = await upload(url, Buffer.from("{}"));
      const manifest = {
        schemaVersion: 2,
        mediaType: "application/vnd.oci.image.manifest.v1+json",
        config: { mediaType: "application/vnd.buildkit.cacheconfig.v0", ...config },
        layers: [],
      };
      const answer = await fetch(`${url}/manifests/1`, {
        method: "PUT",
        headers: { "content-type": manifest.mediaType },
        body: JSON.stringify(manifest),
      });
      expect(answer.status).toBe(201);
      const root = folders.make({ Dockerfile: `FROM ${busyboxImage}\nRUN echo own\n` });
      await forget(there);
      const log = await built(there, "--cache-from", `${registry.host}/foreign:1`, root);
      expect(log).toContain("cache ignored: it is a cache of BuildKit's");
    });
  });
});

function driverOf(engine: TestEngine): Driver {
  return new Driver("gantry", "gantry", () => engine.host, [gantryBinary]);
}

async function build(driver: Driver, ...args: string[]): Promise<Result> {
  const env = { ...epoch, KEY: "s3cret-value" };
  return await driver.run(["build", "--progress=plain", "--secret", "id=key,env=KEY", ...args], { env });
}

async function built(driver: Driver, ...args: string[]): Promise<string> {
  const { code, stderr } = await build(driver, ...args);
  if (code !== 0) throw new Error(`build ${args.join(" ")} ended with ${code}\n${stderr}`);
  return stderr;
}

function idOf(driver: Driver, name: string): Promise<string> {
  return driver.ok("image", "inspect", "-f", "{{.Id}}", name);
}

/** Names of the steps that the log says were known, or not. */
function stepsIn(log: string) {
  const names = new Map([...log.matchAll(/^#(\d+) (\[[^[]*\d+\/\d+\] .*)$/gm)].map((m) => [m[1], m[2]]));
  const cached = new Set([...log.matchAll(/^#(\d+) CACHED$/gm)].map((m) => m[1]));
  const all = [...names].filter(([, name]) => name?.includes("] FROM ") === false);
  return {
    cached: all.filter(([number]) => cached.has(number)).map(([, name]) => name),
    ran: all.filter(([number]) => !cached.has(number)).map(([, name]) => name),
  };
}

/** Forgets everything, so that the next build starts from nothing. */
async function forget(driver: Driver): Promise<void> {
  const images = (await driver.ok("images", "-q", "--filter", "reference=cached*")).split("\n");
  await driver.run(["rmi", "-f", ...images]);
  await driver.ok("builder", "prune", "-af");
}

function blobsIn(folder: string): Buffer[] {
  const directory = join(folder, "blobs/sha256");
  return readdirSync(directory).map((name) => readFileSync(join(directory, name)));
}

async function upload(url: string, bytes: Buffer): Promise<{ digest: string; size: number }> {
  const digest = `sha256:${new Bun.CryptoHasher("sha256").update(bytes).digest("hex")}`;
  const begun = await fetch(`${url}/blobs/uploads/`, { method: "POST" });
  const place = new URL(begun.headers.get("location") ?? "", url);
  place.searchParams.set("digest", digest);
  await fetch(place, { method: "PUT", body: bytes });
  return { digest, size: bytes.length };
}
