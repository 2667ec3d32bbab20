import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { file, tarOf } from "../../src/store/testing/tar-of.ts";
import { must } from "../support/command.ts";
import { busyboxImage, scenarios } from "../support/drivers.ts";
import { busyboxTar } from "../support/images.ts";
import { runPrefix } from "../support/paths.ts";
import { type Published, publish, publishIndex, sha256 } from "../support/published-image.ts";
import { noRegistry, noSkopeo, TestRegistry } from "../support/registry.ts";

if (noRegistry !== undefined) test.skip(`pull and push: ${noRegistry}`, () => {});

describe.skipIf(noRegistry !== undefined)("a registry that lets everybody in", () => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await TestRegistry.start();
  });
  afterAll(() => registry.dispose());

  const base = () => `http://${registry.host}`;

  scenarios("pull and push", ({ driver }) => {
    const name = (path: string) => `${registry.host}/${driver.own(path)}`;
    const repoDigest = (image: string) =>
      driver.ok("image", "inspect", "-f", "{{index .RepoDigests 0}}", image);
    const id = (image: string) => driver.ok("image", "inspect", "-f", "{{.Id}}", image);
    let busybox: Buffer;

    beforeAll(async () => {
      busybox = readFileSync(await busyboxTar());
    });
    afterAll(async () => {
      const made = (await driver.ok("images", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}")).split("\n");
      const own = made.filter((line) => line.startsWith(`${registry.host}/${driver.prefix}`));
      // Some have lost their tags to newer ones.
      const named = own
        .map((line) => line.split(" "))
        .map(([tag = "", id = ""]) => (tag.endsWith("<none>") ? id : tag));
      if (named.length > 0) await driver.ok("rmi", "-f", ...named);
    });

    test("what is pushed comes back, with the digest it went under", async () => {
      await driver.ok("tag", busyboxImage, name("round:1"));
      const pushed = await driver.ok("push", name("round:1"));
      expect(pushed).toStartWith(`The push refers to repository [${name("round")}]\n`);
      const digest = /^1: digest: (sha256:[0-9a-f]{64}) size: \d+$/m.exec(pushed)?.[1] ?? "";
      expect(await repoDigest(name("round:1"))).toBe(`${name("round")}@${digest}`);
      const before = await id(name("round:1"));
      expect(await driver.ok("push", name("round:1"))).toMatch(/: Layer already exists$/m);
      await driver.ok("rmi", name("round:1"));
      const pulled = await driver.ok("pull", name("round:1"));
      expect(pulled).toContain(`1: Pulling from ${driver.own("round")}\n`);
      expect(pulled).toContain(
        `\nDigest: ${digest}\nStatus: Downloaded newer image for ${name("round:1")}\n`,
      );
      expect(await id(name("round:1"))).toBe(before);
      const again = await driver.ok("pull", name("round:1"));
      expect(again).toContain(`Digest: ${digest}\nStatus: Image is up to date for ${name("round:1")}\n`);
      expect(await driver.ok("images", "--digests", "--format", "{{.Digest}}", name("round"))).toBe(digest);
      expect(await driver.ok("pull", "-q", name("round:1"))).toBe(name("round:1"));
      expect(await driver.ok("run", "--rm", `${name("round")}@${digest}`, "echo", "by digest")).toBe(
        "by digest",
      );
    });

    test("by digest, without a tag", async () => {
      const image = await publish(base(), driver.own("digest"), "x", [
        { tar: tarOf(file("a", driver.name)) },
      ]);
      const reference = `${name("digest")}@${image.digest}`;
      const pulled = await driver.ok("pull", reference);
      expect(pulled).toContain(
        `${registry.host}/${driver.own("digest")}@${image.digest}: Pulling from ${driver.own("digest")}`,
      );
      expect(pulled).toContain(`Status: Downloaded newer image for ${reference}`);
      expect(await driver.ok("image", "inspect", "-f", "{{json .RepoTags}} {{.Id}}", reference)).toBe(
        `[] ${image.configDigest}`,
      );
      await driver.ok("rmi", reference);
    });

    test("every tag of a repository", async () => {
      for (const tag of ["one", "three", "two"])
        await publish(base(), driver.own("many"), tag, [{ tar: tarOf(file("tag", tag + driver.name)) }]);
      const pulled = await driver.ok("pull", "-a", name("many"));
      expect(pulled.match(/^\w+(?=: Pulling from)/gm)?.sort()).toEqual(["one", "three", "two"]);
      expect(pulled).toContain(`Status: Downloaded newer image for ${name("many")}\n`);
      const tags = (await driver.ok("images", "--format", "{{.Tag}}", name("many"))).split("\n").sort();
      expect(tags).toEqual(["one", "three", "two"]);
      expect((await driver.fails("pull", "-a", name("many:one"))).text).toContain(
        "tag can't be used with --all-tags/-a",
      );
      const pushed = await driver.ok("push", "-a", name("many"));
      expect(pushed.match(/^\w+: digest:/gm)).toHaveLength(3);
      await driver.ok("rmi", ...tags.map((tag) => name(`many:${tag}`)));
    });

    test("gzip, zstd and plain layers", async () => {
      const layers = (["gzip", "zstd", "none"] as const).map((compression) => ({
        tar: tarOf(file(`from-${compression}`, compression + driver.name)),
        compression,
      }));
      await publish(base(), driver.own("forms"), "1", [{ tar: busybox }, ...layers]);
      const shown = await driver.ok(
        "run",
        "--rm",
        name("forms:1"),
        "sh",
        "-c",
        "cat /from-gzip /from-zstd /from-none",
      );
      expect(shown).toBe(["gzip", "zstd", "none"].map((form) => form + driver.name).join(""));
      await driver.ok("rmi", name("forms:1"));
    });

    test("of an index, what this machine runs, or what is asked for", async () => {
      const image = (architecture: string): Promise<Published> =>
        publish(
          base(),
          driver.own("index"),
          architecture,
          [{ tar: tarOf(file("a", architecture + driver.name)) }],
          {
            architecture,
          },
        );
      const images = [];
      for (const architecture of ["s390x", "amd64"])
        images.push({ image: await image(architecture), platform: { os: "linux", architecture } });
      const digest = await publishIndex(base(), driver.own("index"), "all", images);
      await driver.ok("pull", name("index:all"));
      const shown = () => driver.ok("image", "inspect", "-f", "{{.Architecture}}", name("index:all"));
      expect(await shown()).toBe("amd64");
      expect(await repoDigest(name("index:all"))).toBe(`${name("index")}@${digest}`);
      await driver.ok("pull", "--platform", "linux/s390x", name("index:all"));
      expect(await shown()).toBe("s390x");
      const none = await driver.fails("pull", "--platform", "linux/arm64", name("index:all"));
      expect(none.text).toContain("no matching manifest for linux/arm64 in the manifest list entries");
      await driver.ok("rmi", name("index:all"));
    });

    test("what is not there is said as dockerd says it", async () => {
      expect((await driver.fails("pull", name("none:1"))).text).toContain(
        `Error response from daemon: manifest for ${name("none:1")} not found: manifest unknown: manifest unknown`,
      );
      // Here, but no longer there.
      await driver.ok("tag", busyboxImage, name("gone:1"));
      const pushed = await driver.ok("push", name("gone:1"));
      const digest = /digest: (sha256:[0-9a-f]{64})/.exec(pushed)?.[1] ?? "";
      await fetch(`${base()}/v2/${driver.own("gone")}/manifests/${digest}`, { method: "DELETE" });
      expect((await driver.fails("pull", name("gone:1"))).text).toContain(
        `manifest for ${name("gone:1")} not found: manifest unknown: manifest unknown`,
      );
      expect((await driver.fails("pull", "-a", name("none"))).text).toContain(
        `repository ${name("none")} not found: name unknown: repository name not known to registry`,
      );
      expect((await driver.fails("pull", "127.0.0.1:1/a")).text).toContain(
        'Error response from daemon: Get "http://127.0.0.1:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused',
      );
      expect((await driver.fails("push", name("never-tagged:1"))).text).toContain(
        `An image does not exist locally with the tag: ${name("never-tagged")}`,
      );
      const asked = await driver.run(["run", "--rm", name("none:1"), "true"]);
      expect(asked.code).toBe(125);
      expect(asked.stderr).toContain(`Unable to find image '${name("none:1")}' locally`);
    });

    const withContent = (content: string) => [{ tar: busybox }, { tar: tarOf(file("content", content)) }];
    test("run fetches what is missing, or what is newer, or nothing", async () => {
      await publish(base(), driver.own("run"), "1", withContent(`old ${driver.name}`));
      const run = (...flags: string[]) =>
        driver.run(["run", "--rm", ...flags, name("run:1"), "cat", "/content"]);
      const never = await run("--pull", "never");
      expect(never.code).toBe(125);
      expect(never.stderr).toContain(`No such image: ${name("run:1")}`);
      const missing = await run();
      expect(missing.stdout).toBe(`old ${driver.name}`);
      expect(missing.stderr).toContain(`Unable to find image '${name("run:1")}' locally`);
      expect(missing.stderr).toContain("Pull complete");
      await publish(base(), driver.own("run"), "1", withContent(`new ${driver.name}`));
      expect((await run()).stdout).toBe(`old ${driver.name}`);
      const always = await run("--pull", "always");
      expect(always.stdout).toBe(`new ${driver.name}`);
      expect(always.stderr).toContain("Already exists");
      await driver.ok("rmi", name("run:1"));
    });

    test("a layer that the registry has elsewhere is mounted, not sent", async () => {
      await publish(base(), driver.own("from"), "1", [{ tar: tarOf(file("mounted", driver.name)) }]);
      await driver.ok("pull", name("from:1"));
      await driver.ok("tag", name("from:1"), name("to:1"));
      expect(await driver.ok("push", name("to:1"))).toContain(`: Mounted from ${driver.own("from")}\n`);
      await driver.ok("rmi", name("from:1"), name("to:1"));
    });

    test.skipIf(noSkopeo !== undefined)(
      "skopeo reads what is pushed, and writes what is pulled",
      async () => {
        const directory = mkdtempSync(join(tmpdir(), `${runPrefix}skopeo-`));
        try {
          await driver.ok("tag", busyboxImage, name("skopeo:1"));
          await driver.ok("push", name("skopeo:1"));
          const layout = `oci:${directory}/layout:1`;
          const copy = ["skopeo", "copy", "--src-tls-verify=false", "--dest-tls-verify=false", "-q"];
          await must([...copy, `docker://${name("skopeo:1")}`, layout]);
          await must([...copy, layout, `docker://${name("skopeo:2")}`]);
          await driver.ok("pull", name("skopeo:2"));
          expect(await driver.ok("run", "--rm", name("skopeo:2"), "echo", "back")).toBe("back");
          await driver.ok("rmi", name("skopeo:1"), name("skopeo:2"));
        } finally {
          rmSync(directory, { recursive: true, force: true });
        }
      },
    );

    test("a push to another registry keeps every byte", async () => {
      // dockerd compresses anew.
      if (driver.engine === "dockerd") return;
      await using second = {
        registry: await TestRegistry.start(),
        [Symbol.asyncDispose]: () => second.registry.dispose(),
      };
      const layers = (["gzip", "zstd", "none"] as const).map((compression) => ({
        tar: tarOf(file("form", compression + driver.name)),
        compression,
      }));
      // It stands elsewhere: it is fetched from there, and not sent.
      const foreign = tarOf(file("foreign", driver.name));
      using storage = Bun.serve({
        port: 0,
        hostname: "127.0.0.1",
        fetch: () => new Response(gzipSync(foreign)),
      });
      const foreignUrls = [`http://127.0.0.1:${storage.port}/layer`];
      const image = await publish(base(), driver.own("stable"), "1", [
        ...layers,
        { tar: foreign, foreignUrls },
      ]);
      await driver.ok("pull", name("stable:1"));
      const elsewhere = `${second.registry.host}/moved:1`;
      await driver.ok("tag", name("stable:1"), elsewhere);
      const pushed = await driver.ok("push", elsewhere);
      expect(pushed).toContain(`1: digest: ${image.digest} size: ${image.manifest.length}`);
      for (const { digest } of image.blobs.slice(0, layers.length)) {
        const blob = await fetch(`http://${second.registry.host}/v2/moved/blobs/${digest}`);
        expect(sha256(await blob.bytes())).toBe(digest);
      }
      await driver.ok("rmi", name("stable:1"), elsewhere);
    });
  });
});
