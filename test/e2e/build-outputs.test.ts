// Where results of `build` go: registries, archives, images of several platforms, statements about them.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BuildFolders } from "../support/build-folder.ts";
import { must, type Result, run } from "../support/command.ts";
import { Driver } from "../support/driver.ts";
import { dockerClient } from "../support/drivers.ts";
import { busyboxImage, ensureBusybox } from "../support/images.ts";
import { noSchemas, schemaProblems } from "../support/oci-schema.ts";
import { gantryBinary } from "../support/paths.ts";
import { account, noRegistry, noSkopeo, TestRegistry } from "../support/registry.ts";
import { TestEngine } from "../support/test-engine.ts";

setDefaultTimeout(60_000);
for (const reason of [noRegistry, noSkopeo, noSchemas])
  if (reason !== undefined) test.skip(`results of builds: ${reason}`, () => {});

const index = "application/vnd.oci.image.index.v1+json";
const manifest = "application/vnd.oci.image.manifest.v1+json";
const foreign = `FROM scratch\nARG TARGETPLATFORM\nCOPY a /a\nLABEL for=$TARGETPLATFORM\n`;

describe("results of builds", () => {
  const engine = TestEngine.prepare();
  const driver = new Driver("gantry", "gantry", () => engine.host, [gantryBinary]);
  let folders: BuildFolders;

  beforeAll(async () => {
    folders = new BuildFolders();
    await engine.start();
    await ensureBusybox(driver);
  });
  afterAll(async () => {
    folders[Symbol.dispose]();
    expect(await engine.dispose()).toEqual([]);
  });

  const build = (args: string[], env: Record<string, string> = {}): Promise<Result> =>
    driver.run(["build", "--progress=plain", ...args], { env });
  const built = async (args: string[], env: Record<string, string> = {}): Promise<string> => {
    const { code, stderr } = await build(args, env);
    if (code !== 0) throw new Error(`build ${args.join(" ")} ended with ${code}\n${stderr}`);
    return stderr;
  };
  /** A layout in a new folder, and what its index names. */
  const layout = async (context: string, ...args: string[]) => {
    const folder = join(folders.make(), "layout");
    const output = ["--output", `type=oci,dest=${folder},tar=false`];
    await built([...output, ...args, context], { SOURCE_DATE_EPOCH: "1700000000" });
    return { folder, top: (documentIn(folder, "index.json").manifests ?? [])[0] as Descriptor };
  };

  describe("as OCI layouts", () => {
    test.skipIf(noSchemas !== undefined)("are what the schemas say, with every kind of content", async () => {
      const root = folders.make({ Dockerfile: `FROM ${busyboxImage}\nCOPY a /a\nEXPOSE 80\n`, a: "a" });
      const { folder } = await layout(
        root,
        "--provenance=mode=max",
        "--annotation",
        "index:a=b",
        "-t",
        "one:1",
      );
      expect(await problemsIn(folder)).toEqual([]);
      const plain = await layout(root, "-t", "one:1");
      expect(plain.top).toMatchObject({
        mediaType: manifest,
        annotations: {
          "io.containerd.image.name": "docker.io/library/one:1",
          "org.opencontainers.image.ref.name": "1",
        },
      });
      expect(await problemsIn(plain.folder)).toEqual([]);
    });

    test("compress as asked, and load again", async () => {
      const root = folders.make({ Dockerfile: "FROM scratch\nCOPY a /a\n", a: "content ".repeat(1000) });
      for (const [compression, type] of [
        ["gzip", "+gzip"],
        ["zstd", "+zstd"],
        ["uncompressed", ""],
      ] as const) {
        const archive = join(folders.make(), "image.tar");
        const options = `type=oci,dest=${archive},compression=${compression},force-compression=true`;
        await built(["--output", options, "-t", driver.own(compression), root]);
        const folder = folders.make();
        await must(["tar", "-xf", archive, "-C", folder]);
        const [top] = documentIn(folder, "index.json").manifests as [Descriptor];
        const types = blob(folder, top).layers?.map(({ mediaType }) => mediaType);
        expect(types).toEqual([`application/vnd.oci.image.layer.v1.tar${type}`]);
        expect(await driver.ok("load", "-i", archive)).toContain(driver.own(compression));
        await driver.ok("rmi", driver.own(compression));
      }
    });

    test("and as Docker's archives, which name their layers", async () => {
      const root = folders.make({
        Dockerfile: `FROM ${busyboxImage}\nCOPY a /a\nCMD ["cat", "/a"]\n`,
        a: "docker",
      });
      const archive = join(folders.make(), "image.tar");
      await built(["--output", `type=docker,dest=${archive}`, "-t", driver.own("archive"), root]);
      expect(await driver.ok("load", "-i", archive)).toContain(driver.own("archive"));
      expect(await driver.ok("run", "--rm", driver.own("archive"))).toBe("docker");
      await driver.ok("rmi", driver.own("archive"));
    });

    test("hold one image for each platform", async () => {
      const root = folders.make({ Dockerfile: foreign, a: "a" });
      const { folder, top } = await layout(root, "--platform", "linux/amd64,linux/arm64");
      expect(top.mediaType).toBe(index);
      const images = (blob(folder, top).manifests ?? []).map((each) => {
        const config = blob(folder, blob(folder, each).config as Descriptor);
        return [each.platform, config["architecture"], config.config?.Labels];
      });
      expect(images).toEqual([
        [{ architecture: "amd64", os: "linux" }, "amd64", { for: "linux/amd64" }],
        [{ architecture: "arm64", os: "linux" }, "arm64", { for: "linux/arm64" }],
      ]);
      if (noSchemas === undefined) expect(await problemsIn(folder)).toEqual([]);
    });

    test("carry annotations where they were asked for", async () => {
      const root = folders.make({ Dockerfile: foreign, a: "a" });
      const annotations = [
        "Own=1",
        "index:all=2",
        "manifest-descriptor:seen=3",
        "manifest[linux/arm64]:arm=4",
      ];
      const flags = annotations.flatMap((text) => ["--annotation", text]);
      const { folder, top } = await layout(root, "--platform", "linux/amd64,linux/arm64", ...flags);
      const all = blob(folder, top);
      expect(all["annotations"]).toEqual({ all: "2" });
      expect(all.manifests?.map(({ annotations: own }) => own)).toEqual([{ seen: "3" }, { seen: "3" }]);
      expect(all.manifests?.map((each) => blob(folder, each)["annotations"])).toEqual([
        { Own: "1" },
        { Own: "1", arm: "4" },
      ]);
    });

    test("with provenance: a statement of in-toto's about the image's own digest", async () => {
      const root = folders.make({ Dockerfile: `FROM ${busyboxImage}\nARG A\nRUN echo $A > /a\n` });
      for (const [mode, version, type] of [
        ["min", "v0.2", "https://slsa.dev/provenance/v0.2"],
        ["max", "v1", "https://slsa.dev/provenance/v1"],
      ] as const) {
        const attest = ["--attest", `type=provenance,mode=${mode},version=${version}`];
        const { folder, top } = await layout(root, ...attest, "--build-arg", "A=argument", "-t", "x:1");
        const [image, statement] = blob(folder, top).manifests as [Descriptor, Descriptor];
        expect(statement).toMatchObject({
          platform: { architecture: "unknown", os: "unknown" },
          annotations: {
            "vnd.docker.reference.digest": image.digest,
            "vnd.docker.reference.type": "attestation-manifest",
          },
        });
        const [layer] = blob(folder, statement).layers as [Descriptor];
        expect(layer.annotations).toEqual({ "in-toto.io/predicate-type": type });
        const said = blob(folder, layer);
        expect(said).toMatchObject({
          _type: "https://in-toto.io/Statement/v0.1",
          predicateType: type,
          subject: [
            { name: "pkg:docker/x@1?platform=linux%2Famd64", digest: { sha256: image.digest.slice(7) } },
          ],
        });
        // Arguments may be nobody's business.
        expect(JSON.stringify(said).includes("argument")).toBe(mode === "max");
      }
    });

    test("are the same from two engines that had nothing, with SOURCE_DATE_EPOCH", async () => {
      const root = folders.make({
        Dockerfile: `FROM scratch\nCOPY . /files/\nADD a /b\nWORKDIR /w\n`,
        a: "one",
        "dir/c": "two",
      });
      const other = await TestEngine.start();
      try {
        const there = new Driver("gantry", "gantry", other.host, [gantryBinary]);
        const digests: string[] = [];
        for (const each of [driver, there]) {
          const folder = join(folders.make(), "layout");
          const output = `type=oci,dest=${folder},tar=false,rewrite-timestamp=true`;
          // Times of files are no part of it.
          await must(["touch", "-d", `@${1_600_000_000 + digests.length * 1000}`, join(root, "a")]);
          const env = { SOURCE_DATE_EPOCH: "1500000000" };
          const { code, stderr } = await each.run(["build", "--no-cache", "-o", output, root], { env });
          if (code !== 0) throw new Error(stderr);
          digests.push((documentIn(folder, "index.json").manifests as [Descriptor])[0].digest);
        }
        expect(digests[1]).toBe(digests[0] ?? "");
      } finally {
        expect(await other.dispose()).toEqual([]);
      }
    });
  });

  test("that cannot be are refused before anything is built", async () => {
    const root = folders.make({ Dockerfile: `FROM ${busyboxImage}\nRUN echo ran\n`, a: "" });
    const refused = async (...args: string[]) => {
      const { code, stderr } = await build([...args, root]);
      expect(code).toBe(1);
      expect(stderr).not.toContain("RUN echo");
      return stderr;
    };
    expect(await refused("-o", "type=oci,dest=-x,speed=9")).toContain(
      'unknown option "speed" of an output of type oci (known: dest, name, compression,',
    );
    expect(await refused("-o", "type=oci,dest=x,compression=lzma")).toContain(
      "unsupported layer compression type: lzma (one of gzip, zstd, uncompressed is expected)",
    );
    expect(await refused("--platform", "linux/amd64,linux/arm64")).toContain(
      "has no place in this engine's store",
    );
    expect(await refused("--provenance", "true")).toContain(
      "has no place in this engine's store".replace("has", "have"),
    );
    expect(await refused("--push")).toContain("tag is needed when pushing to registry");
    expect((await build(["--sbom=true", root])).stderr).toContain("SBOM attestations are not supported");
    expect((await build(["--annotation", "here:a=b", root])).stderr).toContain(
      'unknown annotation type "here"',
    );
  });

  test("of another processor's programs need an emulator, and say so", async () => {
    // An ELF file of a processor that nobody has.
    const program = Buffer.alloc(64);
    program.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
    program.writeUInt16LE(0x1234, 18);
    const root = folders.make({ Dockerfile: 'FROM scratch\nCOPY --chmod=755 program /p\nRUN ["/p"]\n' });
    await Bun.write(join(root, "program"), program);
    const { code, stderr } = await build([
      "--platform",
      "linux/s390x",
      "-o",
      "type=oci,dest=/dev/null",
      root,
    ]);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/exec format error: .*Install qemu-user-static/),
    ]);
  });

  describe.skipIf(noRegistry !== undefined || noSkopeo !== undefined)(
    "in a registry that asks for a password",
    () => {
      let registry: TestRegistry;
      let login: Record<string, string>;

      beforeAll(async () => {
        registry = await TestRegistry.start("tls-password");
        login = { DOCKER_CONFIG: folders.make() };
        const env = { ...login };
        const args = ["login", "-u", account.username, "--password-stdin", registry.host];
        expect((await driver.run(args, { input: account.password, env })).code).toBe(0);
      });
      afterAll(() => registry.dispose());

      test("are found by other clients under the digest that was told", async () => {
        const root = folders.make({ Dockerfile: `FROM ${busyboxImage}\nCMD ["echo", "pushed"]\n` });
        const name = `${registry.host}/${driver.own("pushed")}:1`;
        const file = join(root, "metadata.json");
        const refused = await build(["-t", name, "--push", root], { DOCKER_CONFIG: folders.make() });
        expect([refused.code, refused.stderr]).toEqual([
          1,
          expect.stringContaining("no basic auth credentials"),
        ]);
        await built(["-t", name, "--push", "--metadata-file", file, root], login);
        const metadata = JSON.parse(readFileSync(file, "utf8"));
        const seen = JSON.parse(await skopeo("inspect", `docker://${name}`));
        const id = await driver.ok("image", "inspect", "-f", "{{.Id}}", name);
        expect(metadata).toMatchObject({
          "containerimage.config.digest": id,
          "containerimage.descriptor": { digest: seen.Digest, size: expect.any(Number) },
          "containerimage.digest": seen.Digest,
          "image.name": name,
          "buildx.build.ref": expect.stringMatching(/^default\/default\/\w{25}$/),
          "buildx.build.provenance": { buildType: "https://mobyproject.org/buildkit@v1" },
        });
        const docker = dockerClient();
        if (docker === undefined) return;
        await driver.ok("rmi", name);
        const env = { DOCKER_HOST: driver.host, ...login };
        const pulled = await run([docker.command, "pull", name], { env });
        expect(pulled.stdout).toContain(`Digest: ${seen.Digest}`);
        expect((await run([docker.command, "run", "--rm", name], { env })).stdout).toBe("pushed\n");
        await driver.ok("rmi", name);
      });

      test("for several platforms and with provenance: each client gets its own", async () => {
        const root = folders.make({ Dockerfile: foreign, a: "a" });
        const name = `${registry.host}/${driver.own("several")}:1`;
        const file = join(root, "metadata.json");
        const options = [
          "--provenance=true",
          "--platform",
          "linux/amd64,linux/arm64",
          "--metadata-file",
          file,
        ];
        await built([...options, "--push", "-t", name, root], login);
        const raw = JSON.parse(await skopeo("inspect", "--raw", `docker://${name}`));
        expect(raw.manifests).toHaveLength(4);
        const metadata = JSON.parse(readFileSync(file, "utf8"));
        expect(metadata["containerimage.descriptor"].mediaType).toBe(index);
        expect(Object.keys(metadata)).toContain("buildx.build.provenance/linux/arm64");
        for (const architecture of ["amd64", "arm64"]) {
          const args = ["pull", "-q", "--platform", `linux/${architecture}`, name];
          expect((await driver.run(args, { env: login })).code).toBe(0);
          const label = await driver.ok("image", "inspect", "-f", '{{index .Config.Labels "for"}}', name);
          expect(label).toBe(`linux/${architecture}`);
        }
        await driver.ok("rmi", name);
      });

      test("in the form that was asked for, or by digest alone", async () => {
        const root = folders.make({
          Dockerfile: `FROM ${busyboxImage}\nRUN echo zstd > /zstd\nCMD ["cat", "/zstd"]\n`,
        });
        const name = `${registry.host}/${driver.own("form")}`;
        const push = (more: string, ...args: string[]) =>
          built(["-o", `type=registry,name=${name}:1,compression=zstd${more}`, ...args, root], login);
        await push(",force-compression=true,annotation.a=b");
        const raw = JSON.parse(await skopeo("inspect", "--raw", `docker://${name}:1`));
        expect(raw.annotations).toEqual({ a: "b" });
        for (const layer of raw.layers) expect(layer.mediaType).toEndWith("+zstd");
        await driver.ok("rmi", `${name}:1`);
        expect((await driver.run(["pull", "-q", `${name}:1`], { env: login })).code).toBe(0);
        expect(await driver.ok("run", "--rm", `${name}:1`)).toBe("zstd");
        await driver.ok("rmi", `${name}:1`);
        const file = join(root, "metadata.json");
        const unnamed = `${name}-unnamed`;
        const options = `type=registry,name=${unnamed},push-by-digest=true`;
        await built(["-o", options, "--metadata-file", file, root], login);
        const digest = JSON.parse(readFileSync(file, "utf8"))["containerimage.digest"];
        await skopeo("inspect", "--raw", `docker://${unnamed}@${digest}`);
        const directory = join(
          registry.directory,
          "data/docker/registry/v2/repositories",
          driver.own("form-unnamed"),
        );
        expect(existsSync(join(directory, "_manifests/tags"))).toBeFalse();
      });
    },
  );
});

interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
  platform?: object;
  annotations?: Record<string, string>;
}

type OciDocument = Record<string, unknown> & {
  config?: Descriptor & { Labels?: Record<string, string> };
  layers?: Descriptor[];
  manifests?: Descriptor[];
};

const credentials = `${account.username}:${account.password}`;

function documentIn(folder: string, name: string): OciDocument {
  return JSON.parse(readFileSync(join(folder, name), "utf8")) as OciDocument;
}

function skopeo(verb: string, ...args: string[]): Promise<string> {
  return must(["skopeo", verb, "--tls-verify=false", "--creds", credentials, ...args]);
}

/** What a descriptor names; its size and digest are right, or this throws. */
function blob(folder: string, { digest, size }: Descriptor): OciDocument {
  const bytes = readFileSync(join(folder, "blobs/sha256", digest.slice("sha256:".length)));
  expect(`sha256:${new Bun.CryptoHasher("sha256").update(bytes).digest("hex")}`).toBe(digest);
  expect(bytes).toHaveLength(size);
  return JSON.parse(bytes.toString()) as OciDocument;
}

/** What OCI's schemas find wrong with a layout and everything in it. */
async function problemsIn(folder: string): Promise<string[]> {
  const all = [
    ...(await schemaProblems("layout", documentIn(folder, "oci-layout"))),
    ...(await schemaProblems("index", documentIn(folder, "index.json"))),
  ];
  const look = async (descriptor: Descriptor): Promise<void> => {
    const document = blob(folder, descriptor);
    if (descriptor.mediaType === index) {
      all.push(...(await schemaProblems("index", document)));
      for (const each of document.manifests ?? []) await look(each);
      return;
    }
    all.push(...(await schemaProblems("manifest", document)));
    if (document.config !== undefined)
      all.push(...(await schemaProblems("config", blob(folder, document.config))));
  };
  for (const each of documentIn(folder, "index.json").manifests ?? []) await look(each);
  return all;
}
