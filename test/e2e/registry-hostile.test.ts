import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { type Member, file, tarOf } from "../../src/store/testing/tar-of.ts";
import { eventually } from "../support/command.ts";
import { descriptor, publishReferrer, subjectOf } from "../support/cosign.ts";
import { Driver } from "../support/driver.ts";
import { busyboxTar, ensureBusybox } from "../support/images.ts";
import { gantryBinary } from "../support/paths.ts";
import { publish, putBlob, putManifest, sha256 } from "../support/published-image.ts";
import { noRegistry, TestRegistry } from "../support/registry.ts";
import { keptOf } from "../support/small-disk.ts";
import { TestEngine } from "../support/test-engine.ts";

setDefaultTimeout(120_000);
if (noRegistry !== undefined) test.skip(`hostile registries: ${noRegistry}`, () => {});

const link = (type: "hardlink" | "symlink", path: string, target: string): Member => ({
  name: path,
  type,
  linkName: Buffer.from(target),
});
const hardlink = (path: string, target: string) => link("hardlink", path, target);
const symlink = (path: string, target: string) => link("symlink", path, target);

const manifestType = "application/vnd.oci.image.manifest.v1+json";

describe.skipIf(noRegistry !== undefined)("what a registry sends", () => {
  let registry: TestRegistry;
  let engine: TestEngine;
  let driver: Driver;
  let clean: ReturnType<typeof keptOf>;
  let count = 0;

  const base = () => `http://${registry.host}`;
  const name = (repository: string) => `${registry.host}/${repository}:1`;

  beforeAll(async () => {
    registry = await TestRegistry.start();
    engine = await TestEngine.start();
    driver = new Driver("gantry", "gantry", engine.host, [gantryBinary]);
    await ensureBusybox(driver);
    clean = keptOf(engine);
  });
  afterAll(async () => {
    await driver.clean();
    await registry.dispose();
    expect(await engine.dispose()).toEqual([]);
  });

  /** A pull that must fail, and leave nothing; answers what was said. */
  async function refused(repository: string): Promise<string> {
    const { code, text } = await driver.fails("pull", name(repository));
    expect(code).toBe(1);
    await eventually("nothing of it stays", () => Bun.deepEquals(keptOf(engine), clean));
    expect((await driver.run(["image", "inspect", name(repository)])).code).toBe(1);
    return text;
  }

  async function published(...members: Member[]): Promise<string> {
    count += 1;
    await publish(base(), `h${count}`, "1", [{ tar: tarOf(...members) }]);
    return `h${count}`;
  }

  test.each<[string, Member[], string]>([
    ["climbs", [file("a/../../evil", "x")], 'invalid entry name "a/../../evil"'],
    ["links to the host", [hardlink("h", "../../etc/passwd")], 'invalid hardlink "h"'],
    ["links through a link", [symlink("l", "/etc"), hardlink("h", "l/passwd")], 'invalid hardlink "h"'],
    ["deletes its parent", [file("a/.wh...", "")], "invalid whiteout name"],
  ])("a layer that %s is refused, and nothing stays", async (_what, members, reason) => {
    expect(await refused(await published(...members))).toContain(reason);
  });

  test("links in a layer lead nowhere but into the image", async () => {
    const outside = join(engine.directory, "outside");
    mkdirSync(outside);
    const repository = await published(symlink("out", outside), file("out/planted", "x"));
    await driver.ok("pull", "-q", name(repository));
    expect(readdirSync(outside)).toEqual([]);
    await driver.ok("rmi", name(repository));
  });

  test("a device in a layer opens nothing", async () => {
    const loop: Member = { name: "disk", type: "block", mode: 0o666, deviceMajor: 7, deviceMinor: 0 };
    const memory: Member = { name: "mem", type: "char", mode: 0o666, deviceMajor: 1, deviceMinor: 1 };
    const layers = [{ tar: readFileSync(await busyboxTar()) }, { tar: tarOf(loop, memory) }];
    await publish(base(), "devices", "1", layers);
    await driver.ok("pull", "-q", name("devices"));
    const script =
      "ls -l /disk /mem | cut -c1; for each in /disk /mem; do head -c 1 $each || echo refused; done";
    const ran = await driver.run(["run", "--rm", name("devices"), "sh", "-c", script]);
    expect(ran.stdout).toBe("b\nc\nrefused\nrefused\n");
    expect(ran.stderr).toContain("Operation not permitted");
    await driver.ok("rmi", name("devices"));
  });

  test.each(["gzip", "zstd"] as const)("a %s bomb is refused, and nothing stays", async (compression) => {
    const repository = `bomb-${compression}`;
    await publishBomb(base(), repository, compression);
    expect(await refused(repository)).toContain("compressed data expands more than 500 times");
  });

  test("an artifact is no image: said in clear words, and shown by manifest inspect", async () => {
    const image = await publish(base(), "artifacts", "1", [{ tar: tarOf(file("a", "b")) }]);
    const api = `${base()}/v2/artifacts`;
    const [empty, content] = [Buffer.from("{}"), Buffer.from("bill of materials")];
    for (const bytes of [empty, content]) await putBlob(api, { digest: sha256(bytes), bytes });
    const artifact = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: manifestType,
        artifactType: "application/vnd.example.sbom",
        config: descriptor("application/vnd.oci.empty.v1+json", empty),
        layers: [descriptor("text/plain", content)],
        subject: subjectOf(image.digest),
      }),
    );
    await publishReferrer(api, image.digest, artifact, { artifactType: "application/vnd.example.sbom" });
    await putManifest(api, "sbom", artifact, manifestType);
    // By its own tag, and by the list of what refers to the image.
    for (const tag of ["sbom", image.digest.replace(":", "-")]) {
      const { code, text } = await driver.fails("pull", `${registry.host}/artifacts:${tag}`);
      expect(code).toBe(1);
      expect(text).toContain(
        "unsupported media type application/vnd.oci.empty.v1+json: this is no image, but another kind of artifact (application/vnd.example.sbom)",
      );
    }
    const shown = JSON.parse(await driver.ok("manifest", "inspect", `${registry.host}/artifacts:sbom`));
    expect(shown).toEqual(JSON.parse(artifact.toString()));
    expect(keptOf(engine)).toEqual(clean);
  });

  test("a layer that stands in a file of this machine is not read", async () => {
    const path = join(engine.directory, "file-of-the-host");
    const tar = tarOf(file("a", "b"));
    writeFileSync(path, gzipSync(tar));
    await publish(base(), "local", "1", [{ tar, foreignUrls: [`file://${path}`] }]);
    expect(await refused("local")).toContain(`Get "file://${path}": unsupported protocol scheme "file"`);
  });

  test("a layer that stands elsewhere, where nobody answers, is said to be there", async () => {
    const tar = tarOf(file("a", "b"));
    await publish(base(), "foreign", "1", [{ tar, foreignUrls: ["http://127.0.0.1:1/layer"] }]);
    expect(await refused("foreign")).toContain("dial tcp 127.0.0.1:1: connect: connection refused");
  });
});

/** A layer of a gigabyte and more of zeros, in about a megabyte. */
async function publishBomb(base: string, repository: string, compression: "gzip" | "zstd"): Promise<void> {
  const part = Buffer.alloc(64 << 20);
  const parts = 20;
  // Both forms may be put one after another.
  const [header, zeros] = [bombHeader(part.length * parts), part].map((bytes) =>
    compression === "gzip" ? gzipSync(bytes) : zstdCompressSync(bytes),
  ) as [Buffer, Buffer];
  const bytes = Buffer.concat([header, ...Array.from({ length: parts }, () => zeros)]);
  const api = `${base}/v2/${repository}`;
  const config = Buffer.from(
    JSON.stringify({
      architecture: "amd64",
      os: "linux",
      rootfs: { type: "layers", diff_ids: [`sha256:${"0".repeat(64)}`] },
    }),
  );
  for (const each of [bytes, config]) await putBlob(api, { digest: sha256(each), bytes: each });
  const manifest = {
    schemaVersion: 2,
    mediaType: manifestType,
    config: descriptor("application/vnd.oci.image.config.v1+json", config),
    layers: [descriptor(`application/vnd.oci.image.layer.v1.tar+${compression}`, bytes)],
  };
  await putManifest(api, "1", Buffer.from(JSON.stringify(manifest)), manifestType);
}

/** The header alone of a file of that size. */
function bombHeader(sizeBytes: number): Buffer {
  return tarOf({ name: "zeros", sizeBytes }).subarray(0, 512);
}
