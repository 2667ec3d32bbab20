import { afterEach, beforeEach, expect, test } from "bun:test";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { gzipSync, zstdCompressSync } from "node:zlib";
import type { EngineError } from "../base/errors.ts";
import type { Digest } from "../spec/digest.ts";
import { failureOf } from "../store/testing/failure.ts";
import { file, type Member, sha256, tarOf } from "../store/testing/tar-of.ts";
import { type ArchiveImage, configOf, ImageFixture, legacyArchive } from "./testing/image-fixture.ts";

let engine: ImageFixture;

beforeEach(() => {
  engine = new ImageFixture();
});

afterEach(() => engine.close());

const base = tarOf(file("base", "base"));
const top = tarOf(file("top", "top"), file(".wh.base", ""));
const image: ArchiveImage = { tags: ["app:one", "app:two"], layers: [base, top] };
const nothing = { layers: 0, blobs: 0, staging: 0 };

function blob(bytes: Buffer, content = bytes): Member {
  return file(`blobs/sha256/${sha256(bytes).slice(7)}`, content);
}

function descriptor(bytes: Buffer, mediaType = "application/vnd.oci.image.manifest.v1+json") {
  return { mediaType, digest: sha256(bytes), size: bytes.length };
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/** An OCI layout of one image, its layers as they are given (compressed or not). */
function ociParts(source: ArchiveImage, blobs: Buffer[] = source.layers) {
  const config = configOf(source);
  const manifest = json({
    schemaVersion: 2,
    config: descriptor(config, "application/vnd.oci.image.config.v1+json"),
    layers: blobs.map((layer) => descriptor(layer, "application/vnd.oci.image.layer.v1.tar")),
  });
  return { config, manifest, members: [blob(config), blob(manifest), ...blobs.map((layer) => blob(layer))] };
}

function ociArchive(members: Member[], manifests: object[]): Buffer {
  return tarOf(
    ...members,
    file("oci-layout", '{"imageLayoutVersion":"1.0.0"}'),
    file("index.json", json({ schemaVersion: 2, manifests })),
  );
}

test("what is saved is loaded again, with all of its names", async () => {
  const id = await engine.import("app:one", { changes: ["CMD sh"] });
  engine.images.tag("app:one", "localhost:5000/x/y", "z");
  await engine.import("other");
  const archive = await engine.save("app:one", "localhost:5000/x/y:z", "other");
  for (const name of ["app:one", "localhost:5000/x/y:z", "other"])
    await engine.images.remove(name, { force: false, noPrune: false });
  expect(await engine.kept()).toEqual(nothing);
  const messages = await engine.load(archive);
  expect(messages.filter((message) => message.stream !== undefined)).toEqual([
    { stream: "Loaded image: app:one\n" },
    { stream: "Loaded image: localhost:5000/x/y:z\n" },
    { stream: "Loaded image: other:latest\n" },
  ]);
  expect(engine.images.get("localhost:5000/x/y:z").id).toBe(id);
  expect(await engine.save("app:one", "localhost:5000/x/y:z", "other")).toEqual(archive);
  // Once more, with everything here already.
  expect((await engine.load(archive)).filter((message) => message.status !== undefined)).toEqual([]);
});

test("an image without a name is loaded by its id, and saved without one", async () => {
  const id = await engine.import("");
  const archive = await engine.save(id);
  await engine.images.remove(id, { force: false, noPrune: false });
  const messages = await engine.load(archive);
  expect(messages.at(-1)).toEqual({ stream: `Loaded image ID: ${id}\n` });
  expect(engine.images.inspect(id).RepoTags).toEqual([]);
});

test("saving reads on although the image is removed meanwhile", async () => {
  await engine.import("app:one");
  const expected = await engine.save("app:one");
  const stream = engine.images.save(["app:one"], {});
  await engine.images.remove("app:one", { force: false, noPrune: false });
  expect((await buffer(stream)).equals(expected)).toBe(true);
  await engine.layers.settled();
  expect(engine.layers.list()).toEqual([]);
});

test("a save of what is not there fails before its first byte", async () => {
  await engine.import("app:one");
  expect(() => engine.images.save(["app:one", "nope"], {})).toThrow("No such image: nope");
  expect(() => engine.images.save(["app:none"], {})).toThrow("reference does not exist");
});

test("archives of older versions are loaded, links between layers included", async () => {
  const second: ArchiveImage = { tags: ["linked:latest"], layers: [base] };
  const config = configOf(second);
  const manifest = [{ Config: "c.json", RepoTags: second.tags, Layers: ["second/layer.tar"] }];
  const messages = await engine.load(
    tarOf(
      { name: "second/layer.tar", type: "symlink", linkName: Buffer.from("../first/layer.tar") },
      file("first/layer.tar", base),
      file("c.json", config),
      file("manifest.json", json(manifest)),
    ),
  );
  expect(messages.at(-1)).toEqual({ stream: "Loaded image: linked:latest\n" });
  await engine.load(legacyArchive([image]));
  expect(engine.images.get("app:two").id).toBe(sha256(configOf(image)));
  expect(engine.images.history("app:two")).toEqual([]);
  expect(engine.layers.list()).toHaveLength(2);
});

test("the same layer on two bases is there twice", async () => {
  const other = tarOf(file("other", "other"));
  await engine.load(legacyArchive([image, { tags: ["app:three"], layers: [other, top] }]));
  expect(engine.layers.list()).toHaveLength(4);
  expect(engine.images.get("app:three").config.rootfs.diff_ids).toEqual([sha256(other), sha256(top)]);
  await engine.load(legacyArchive([{ tags: ["app:four"], layers: [base, other, top] }]));
  expect(engine.layers.list()).toHaveLength(6);
});

test.each([
  ["plain", (layer: Buffer) => layer],
  ["gzip", (layer: Buffer) => gzipSync(layer)],
  ["zstd", (layer: Buffer) => zstdCompressSync(layer)],
])("an OCI layout with %s layers is loaded", async (_, compress) => {
  const { manifest, members } = ociParts(image, [compress(base), compress(top)]);
  const annotations = { "io.containerd.image.name": "docker.io/library/oci:latest" };
  const index = [{ ...descriptor(manifest), annotations }];
  const messages = await engine.load(Buffer.from(gzipSync(ociArchive(members, index))));
  expect(messages.at(-1)).toEqual({ stream: "Loaded image: oci:latest\n" });
  expect(engine.images.get("oci").id).toBe(sha256(configOf(image)));
});

test("of several platforms the wanted one is taken, attestations never", async () => {
  const arm: ArchiveImage = { layers: [top], config: { architecture: "arm64" } };
  const [ours, theirs] = [ociParts(image), ociParts(arm)];
  const attestation = { "vnd.docker.reference.type": "attestation-manifest" };
  const index = json({
    schemaVersion: 2,
    manifests: [
      { ...descriptor(theirs.manifest), platform: { os: "linux", architecture: "arm64" } },
      { ...descriptor(ours.manifest), platform: { os: "linux", architecture: "amd64" } },
      {
        ...descriptor(ours.manifest),
        platform: { os: "unknown", architecture: "unknown" },
        annotations: attestation,
      },
    ],
  });
  const nested = descriptor(index, "application/vnd.oci.image.index.v1+json");
  const archive = ociArchive([...ours.members, ...theirs.members, blob(index)], [nested]);
  const load = async (architecture: string) => {
    await engine.images.load(Readable.from([archive]), { platform: { os: "linux", architecture } }, () => {});
  };
  await load("amd64");
  await load("arm64");
  expect(
    engine.images
      .list({})
      .map(({ Id }) => Id as Digest)
      .sort(),
  ).toEqual([sha256(ours.config), sha256(theirs.config)].sort());
  expect(((await failureOf(load("s390x"))) as EngineError).kind).toBe("not-found");
});

test("with a platform, an archive gives the images it has for that and leaves the others", async () => {
  const archive = legacyArchive([
    image,
    { tags: ["arm:1"], layers: [top], config: { architecture: "arm64" } },
  ]);
  const platform = { os: "linux", architecture: "arm64" };
  await engine.images.load(Readable.from([archive]), { platform }, () => {});
  expect(engine.images.list({}).flatMap(({ RepoTags }) => RepoTags)).toEqual(["arm:1"]);
  expect(engine.layers.list()).toHaveLength(1);
  expect(engine.images.inspect("arm:1", platform).Architecture).toBe("arm64");
  const amd = { os: "linux", architecture: "amd64" };
  const message =
    "image with reference arm:1 was found but its platform (linux/arm64) does not match the specified platform (linux/amd64)";
  expect(() => engine.images.inspect("arm:1", amd)).toThrow(message);
  expect(() => engine.images.history("arm:1", amd)).toThrow(message);
});

test("a name that another image had goes over, and the user is told", async () => {
  const before = await engine.import("app:one");
  const messages = await engine.load(legacyArchive([image]));
  expect(messages.map((message) => message.stream)).toContain(
    `The image app:one already exists, renaming the old one with ID ${before} to empty string\n`,
  );
});

const big = Buffer.alloc(8 << 20, "a");
const zipped = Buffer.from(gzipSync("x"));
const configBytes = configOf(image);
const oci = ociParts(image);
const ociIndex = [descriptor(oci.manifest)];
const without = (bytes: Buffer) => oci.members.filter((member) => member.name !== blob(bytes).name);

test.each<[string, Buffer, string]>([
  ["garbage", Buffer.alloc(2000, "garbage"), "invalid tar header"],
  ["an empty archive", tarOf(), "neither manifest.json nor index.json"],
  ["a cut archive", legacyArchive([image]).subarray(0, 3000), "unexpected EOF"],
  [
    "a layer that is another",
    legacyArchive([
      { ...image, config: { rootfs: { type: "layers", diff_ids: [sha256(base), sha256("x")] } } },
    ]),
    "invalid diffID for layer 1: expected",
  ],
  [
    "a layer too few",
    legacyArchive([{ ...image, config: { rootfs: { type: "layers", diff_ids: [sha256(base)] } } }]),
    "invalid manifest, layers length mismatch: expected 1, got 2",
  ],
  [
    "a good image beside a bad one",
    legacyArchive([image, { layers: [base], config: { rootfs: { diff_ids: ["sha256:1"] } } }]),
    "invalid image configuration: rootfs",
  ],
  [
    "a configuration of wrong types",
    legacyArchive([{ ...image, config: { config: { Env: "A=b" } } }]),
    "config is not",
  ],
  ["a name without a tag", legacyArchive([{ ...image, tags: ["app"] }]), 'invalid tag "app"'],
  [
    "a missing layer",
    tarOf(file("c", configBytes), file("manifest.json", '[{"Config":"c","Layers":["x","y"]}]')),
    "no layer at x",
  ],
  [
    "a missing configuration",
    tarOf(file("manifest.json", '[{"Config":"../c","Layers":[]}]')),
    "no image configuration",
  ],
  ["a manifest that is none", tarOf(file("manifest.json", "{}")), "not a list of images"],
  ["a name above the archive", legacyArchive([image], file("../../etc/evil", "x")), "invalid entry name"],
  [
    "a link out of the archive",
    tarOf(
      { name: "c", type: "symlink", linkName: Buffer.from("/etc/passwd") },
      file("manifest.json", '[{"Config":"c","Layers":[]}]'),
    ),
    "no image configuration",
  ],
  [
    "a loop of links",
    tarOf(
      { name: "c", type: "symlink", linkName: Buffer.from("c") },
      file("manifest.json", '[{"Config":"c","Layers":[]}]'),
    ),
    "too many links",
  ],
  ["a damaged layer blob", ociArchive([...without(top), blob(top, base)], ociIndex), "is damaged"],
  [
    "a damaged document",
    ociArchive([...without(oci.config), blob(oci.config, json({}))], ociIndex),
    "is damaged",
  ],
  ["a missing blob", ociArchive(without(top), ociIndex), "no content of the stated size"],
  ["a wrong size", ociArchive(oci.members, [{ ...ociIndex[0], size: 1 }]), "no content of the stated size"],
  [
    "a digest that is a path",
    ociArchive(oci.members, [{ digest: "sha256:../x", size: 1 }]),
    "no digest or size",
  ],
  [
    "a document without end",
    tarOf(file("manifest.json", Buffer.alloc(9 << 20, "a"))),
    "neither manifest.json",
  ],
  ["documents without end", tarOf(...Array.from({ length: 9 }, (_, n) => file(`${n}`, big))), "are too long"],
  [
    "any other archive",
    tarOf(...Array.from({ length: 99 }, (_, n) => file(`${n}.gz`, zipped))),
    "holds no image",
  ],
])("%s is refused whole", async (_, archive, message) => {
  const error = await failureOf(engine.load(archive));
  expect(error.message).toContain(message);
  expect(error).toMatchObject({ kind: "invalid" });
  expect(engine.images.list({ all: true })).toEqual([]);
  expect(engine.layers.list()).toEqual([]);
  expect(await engine.kept()).toMatchObject({ layers: 0, staging: 0, blobs: 0 });
});
