import { afterAll, beforeAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { file, tarOf } from "../../src/store/testing/tar-of.ts";
import { formatBytes as shownBytes } from "../../src/spec/size.ts";
import { eventually, linesOf } from "../support/command.ts";
import { CrashRig } from "../support/crash-rig.ts";
import { FaultProxy, type SeenRequest } from "../support/fault-proxy.ts";
import { type Published, publish, putManifest } from "../support/published-image.ts";
import { noRegistry, TestRegistry } from "../support/registry.ts";
import { keptOf } from "../support/small-disk.ts";

setDefaultTimeout(60_000);
if (noRegistry !== undefined) test.skip(`faults on the way: ${noRegistry}`, () => {});

const layerBytes = 3 << 20;

describe.skipIf(noRegistry !== undefined)("faults on the way", () => {
  let registry: TestRegistry;
  let proxy: FaultProxy;
  let rig: CrashRig;
  /** What the engine keeps when it has none of these images. */
  let clean: ReturnType<typeof kept>;
  let count = 0;

  beforeAll(async () => {
    registry = await TestRegistry.start();
    proxy = await FaultProxy.start(registry.host);
    rig = await CrashRig.start();
    clean = kept();
  });
  beforeEach(() => proxy.reset());
  afterAll(async () => {
    proxy.dispose();
    await registry.dispose();
    expect(await rig.engine.dispose()).toEqual([]);
  });

  function kept() {
    return { ...keptOf(rig.engine), partial: readdirSync(join(rig.engine.dataRoot, "partial")) };
  }

  /** An image of one layer that does not compress, under a name of its own. */
  async function prepare(): Promise<{ name: string; image: Published; blob: RegExp }> {
    count += 1;
    const image = await publish(`http://${registry.host}`, `f${count}`, "1", [
      { tar: tarOf(file("noise", randomBytes(layerBytes))) },
    ]);
    return { name: `${proxy.host}/f${count}:1`, image, blob: blobOf(image, 0) };
  }

  const pull = (name: string) => rig.driver.run(["pull", name]);
  const remove = (name: string) => rig.driver.ok("rmi", name);

  test("a connection that breaks is taken up where it broke", async () => {
    const { name, image, blob } = await prepare();
    proxy.fail(blob, { kind: "cut", afterBytes: 1_000_000 }, 2);
    expect((await pull(name)).stdout).toContain("Status: Downloaded newer image");
    const requests = proxy.requests(blob);
    expect(requests).toHaveLength(3);
    expect(requests[0]?.range).toBeUndefined();
    for (const { range } of requests.slice(1)) expect(range).toMatch(/^bytes=[1-9]\d*-$/);
    expect(startOf(requests[2])).toBeGreaterThan(startOf(requests[1]));
    expect(await rig.driver.ok("image", "inspect", "-f", "{{.Id}}", name)).toBe(image.configDigest);
    await remove(name);
    await expectClean();
  });

  test("a registry in trouble is asked again, one that sets a limit is quoted", async () => {
    const { name, blob } = await prepare();
    proxy.fail(/manifests/, { kind: "status", status: 503 });
    proxy.fail(blob, { kind: "status", status: 500 });
    proxy.fail(blob, { kind: "status", status: 429, headers: { "Retry-After": "1" } });
    const limited = pull(name);
    expect((await limited).stdout).toContain("Status: Downloaded newer image");
    expect(proxy.requests(blob)).toHaveLength(3);
    await remove(name);
    const body = JSON.stringify({
      errors: [{ code: "TOOMANYREQUESTS", message: "You have reached your pull rate limit." }],
    });
    proxy.fail(/manifests/, { kind: "status", status: 429, body });
    const refused = await pull(name);
    expect(refused.stderr).toContain("toomanyrequests: You have reached your pull rate limit.");
    expect(proxy.requests(/manifests/).length).toBe(3);
  });

  test("damage on the way is found, and nothing of it stays", async () => {
    const { name, image, blob } = await prepare();
    for (const atByte of [5, 1_500_000, layerBytes]) {
      proxy.fail(blob, { kind: "corrupt", atByte });
      const result = await pull(name);
      expect(result.code).toBe(1);
      expect(result.stderr).toContain(
        `filesystem layer verification failed for digest ${image.blobs[0]?.digest}`,
      );
      await expectClean();
    }
  });

  test("damage in what was kept is fetched anew", async () => {
    const { name, blob } = await prepare();
    proxy.fail(blob, { kind: "stall", afterBytes: 1_000_000 });
    const first = rig.driver.spawn(["pull", name]);
    await partialOf(900_000);
    first.kill("SIGINT");
    await first.exited;
    await damagePartial();
    expect((await pull(name)).stdout).toContain("Status: Downloaded newer image");
    const ranges = proxy.requests(blob).map(({ range }) => range);
    expect(ranges).toEqual([undefined, expect.stringMatching(/^bytes=\d+-$/), undefined]);
    await remove(name);
    await expectClean();
  });

  test("more than the manifest says is refused", async () => {
    const { image } = await prepare();
    const manifest = JSON.parse(image.manifest.toString()) as { layers: { size: number }[] };
    for (const layer of manifest.layers) layer.size -= 1000;
    const type = "application/vnd.oci.image.manifest.v1+json";
    const bytes = Buffer.from(JSON.stringify(manifest));
    await putManifest(`http://${registry.host}/v2/f${count}`, "long", bytes, type);
    const result = await pull(`${proxy.host}/f${count}:long`);
    expect(result.stderr).toMatch(/the registry sends more than the \d+ bytes of sha256:/);
    await expectClean();
  });

  test("a layer that reaches out of its image is refused", async () => {
    await publish(`http://${registry.host}`, "hostile", "1", [{ tar: tarOf(file("../../escaped", "x")) }]);
    const result = await pull(`${proxy.host}/hostile:1`);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain("escaped");
    await expectClean();
  });

  test("schema 1 is refused with the reason", async () => {
    const body = JSON.stringify({ schemaVersion: 1, name: "old", tag: "1", fsLayers: [] });
    const headers = { "Content-Type": "application/vnd.docker.distribution.manifest.v1+prettyjws" };
    proxy.fail(/GET .*manifests/, { kind: "status", status: 200, headers, body });
    expect((await pull(`${proxy.host}/old:1`)).stderr).toContain(
      "manifest version 2, schema 1 are not supported",
    );
  });

  test("Ctrl-C, and the next pull goes on", async () => {
    const { name, blob } = await prepare();
    proxy.fail(blob, { kind: "stall", afterBytes: 1_000_000 });
    const first = rig.driver.spawn(["pull", name]);
    await partialOf(900_000);
    first.kill("SIGINT");
    await first.exited;
    await expectResumed(name, blob);
  });

  test("Ctrl-C, and what had come whole is not fetched again", async () => {
    count += 1;
    // The first has its place before the second has come, the third has come and waits for it.
    const layers = [1000, layerBytes, 2000]
      .map((length) => randomBytes(length))
      .map((noise) => ({
        tar: tarOf(file("noise", noise)),
      }));
    const image = await publish(`http://${registry.host}`, `f${count}`, "1", layers);
    const name = `${proxy.host}/f${count}:1`;
    proxy.fail(blobOf(image, 1), { kind: "stall", afterBytes: 1_000_000 });
    const first = rig.driver.spawn(["pull", name]);
    const [base, , top] = image.blobs.map(({ digest }) => digest.slice(7, 19));
    const awaited = new Set([`${base}: Pull complete`, `${top}: Download complete`]);
    for await (const line of linesOf(first.stdout)) if (awaited.delete(line) && awaited.size === 0) break;
    await partialOf(900_000);
    first.kill("SIGINT");
    await first.exited;
    await expectResumed(name, blobOf(image, 1));
    for (const index of [0, 2]) expect(proxy.requests(blobOf(image, index))).toHaveLength(1);
  });

  test("an image prune takes what a broken pull has left, and nothing of one that runs", async () => {
    const [broken, running] = [await prepare(), await prepare()];
    const stalled = { kind: "stall", afterBytes: 1_000_000 } as const;
    proxy.fail(broken.blob, stalled);
    const first = rig.driver.spawn(["pull", broken.name]);
    await partialOf(900_000);
    first.kill("SIGINT");
    await first.exited;
    const [left = ""] = kept().partial;
    const sizeBytes = statSync(join(rig.engine.dataRoot, "partial", left)).size;
    proxy.fail(running.blob, stalled);
    const second = rig.driver.spawn(["pull", running.name]);
    await eventually("the other pull is at its layer", () => kept().partial.length === 2);
    const [blob] = broken.image.blobs;
    const preview = await rig.driver.ok("image", "prune", "--dry-run");
    expect(preview).toContain("a layer that a pull has left unfinished");
    expect(blob?.digest.replace(":", "-")).toBe(left);
    expect(await rig.driver.ok("image", "prune", "-f", "--filter", "label=none")).toBe(
      "Total reclaimed space: 0B",
    );
    expect(await rig.driver.ok("image", "prune", "-f")).toBe(
      `Total reclaimed space: ${shownBytes(sizeBytes)}`,
    );
    expect(kept().partial).toHaveLength(1);
    second.kill("SIGINT");
    await second.exited;
    await rig.driver.ok("image", "prune", "-f");
    await expectClean();
  });

  test("the engine is killed, and the next one goes on", async () => {
    const { name, blob } = await prepare();
    proxy.fail(blob, { kind: "stall", afterBytes: 1_000_000 });
    const first = rig.driver.spawn(["pull", name]);
    await partialOf(900_000);
    await rig.crash();
    await first.exited;
    await expectResumed(name, blob);
  });

  test("the registry dies, and the next pull goes on", async () => {
    const { name, blob } = await prepare();
    proxy.fail(blob, { kind: "stall", afterBytes: 1_000_000 });
    const first = rig.driver.spawn(["pull", name]);
    await partialOf(900_000);
    await registry.kill();
    proxy.drop();
    expect(await first.exited).toBe(1);
    await registry.start();
    await expectResumed(name, blob);
  });

  test.each([
    "pull:chunk",
    "pull:downloaded",
    "layer.unpacked",
    "layer.renamed",
    "pull:layer",
    "pull:manifest",
    "pull:image",
  ])("killed at %s, nothing is lost and nothing is left", async (step) => {
    const { name, image } = await prepare();
    const result = await rig.dieAt(step, ["pull", name]);
    expect(result.code).toBe(1);
    expect((await rig.driver.run(["image", "inspect", name])).code).toBe(1);
    expect((await pull(name)).code).toBe(0);
    expect(await rig.driver.ok("image", "inspect", "-f", "{{.Id}}", name)).toBe(image.configDigest);
    await remove(name);
    await expectClean();
  });

  test("ten pulls at once of images that share layers move each layer once", async () => {
    const shared = [1, 2, 3].map((part) => ({ tar: tarOf(file(`shared-${part}`, randomBytes(500_000))) }));
    const names = [];
    const blobs = new Set<string>();
    for (let index = 0; index < 10; index += 1) {
      const own = { tar: tarOf(file("own", randomBytes(1000))) };
      const layers = index % 2 === 0 ? [...shared, own] : [own, ...shared];
      const image = await publish(`http://${registry.host}`, "shared", `t${index}`, layers);
      for (const { digest } of image.blobs) blobs.add(digest);
      names.push(`${proxy.host}/shared:t${index}`);
    }
    const results = await Promise.all(names.map(pull));
    expect(results.map(({ code, stderr }) => [code, stderr])).toEqual(names.map(() => [0, ""]));
    const fetched = [...blobs].map((digest) => proxy.requests(new RegExp(`GET .*/blobs/${digest}`)).length);
    expect(fetched).toEqual([...blobs].map(() => 1));
    await rig.driver.ok("rmi", ...names);
    await expectClean();
  });

  test("a push that breaks sends only the rest", async () => {
    const { name } = await prepare();
    await pull(name);
    const target = `${proxy.host}/pushed:1`;
    await rig.driver.ok("tag", name, target);
    // Mounting would spare the sending.
    proxy.fail(/POST .*mount=/, { kind: "status", status: 405 });
    proxy.fail(/PATCH/, { kind: "cut-request", afterBytes: 1_000_000 });
    proxy.fail(/PUT .*manifests/, { kind: "status", status: 500 });
    const pushed = await rig.driver.run(["push", target]);
    expect(pushed.stderr).toBe("");
    expect(pushed.stdout).toMatch(/^1: digest: sha256:/m);
    const patches = proxy.requests(/PATCH/);
    expect(patches).toHaveLength(2);
    await rig.driver.ok("rmi", name, target);
    expect((await pull(target)).code).toBe(0);
    await remove(target);
    await expectClean();
  });

  /** Waits until so much of a layer has reached the disk. */
  async function partialOf(bytes: number): Promise<void> {
    const directory = join(rig.engine.dataRoot, "partial");
    await eventually(`${bytes} bytes of the layer are here`, () =>
      readdirSync(directory).some((name) => statSync(join(directory, name)).size >= bytes),
    );
  }

  async function damagePartial(): Promise<void> {
    const directory = join(rig.engine.dataRoot, "partial");
    for (const name of readdirSync(directory)) {
      const path = join(directory, name);
      const bytes = Buffer.from(await Bun.file(path).bytes());
      bytes[600_000] = (bytes[600_000] ?? 0) ^ 0xff;
      await Bun.write(path, bytes);
    }
  }

  async function expectResumed(name: string, blob: RegExp): Promise<void> {
    expect((await pull(name)).stdout).toContain("Status: Downloaded newer image");
    const [, ...later] = proxy.requests(blob);
    expect(later.length).toBeGreaterThan(0);
    for (const request of later) expect(startOf(request)).toBeGreaterThanOrEqual(900_000);
    await remove(name);
    await expectClean();
  }

  /** What is removed goes behind. */
  async function expectClean(): Promise<void> {
    await eventually("nothing is being removed", () => keptOf(rig.engine)["layers/trash"]?.length === 0);
    expect(kept()).toEqual(clean);
  }
});

function blobOf({ blobs }: Published, index: number): RegExp {
  return new RegExp(`GET .*/blobs/${blobs[index]?.digest}`);
}

function startOf(request: SeenRequest | undefined): number {
  return Number(/^bytes=(\d+)-$/.exec(request?.range ?? "")?.[1] ?? 0);
}
