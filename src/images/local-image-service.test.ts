import { afterEach, beforeEach, expect, test } from "bun:test";
import { Readable } from "node:stream";
import type { EngineError } from "../base/errors.ts";
import type { Digest } from "../spec/digest.ts";
import { chainIdsOf } from "../store/layers/chain-id.ts";
import { failureOf } from "../store/testing/failure.ts";
import { file, sha256, tarOf } from "../store/testing/tar-of.ts";
import { ImageFixture } from "./testing/image-fixture.ts";

let engine: ImageFixture;

beforeEach(() => {
  engine = new ImageFixture();
});

afterEach(() => engine.close());

/** A child of `parent` as commit makes it: one more layer, and the parent's name in the record. */
async function commit(parent: Digest, content: string): Promise<Digest> {
  const { config, chainId } = engine.images.get(parent);
  const layer = await engine.layers.apply(chainId, Readable.from([tarOf(file(content, content))]));
  const diffIds = [...config.rootfs.diff_ids, layer.diffId];
  const created = new Date((engine.time += 1000)).toISOString();
  const child = { ...config, created, rootfs: { type: "layers", diff_ids: diffIds } };
  return engine.images.add(Buffer.from(JSON.stringify(child)), parent);
}

async function refusal(reference: string, force = false): Promise<EngineError> {
  return (await failureOf(engine.images.remove(reference, { force, noPrune: false }))) as EngineError;
}

function remove(reference: string, force = false) {
  return engine.images.remove(reference, { force, noPrune: false });
}

test("an imported image is found by name, id and prefix, and described as dockerd does", async () => {
  const changes = ['CMD ["sh"]', "ENV PATH=/bin", "LABEL a=b"];
  const id = await engine.import("app:one", { changes, content: "hello" });
  for (const reference of [
    "app:one",
    "docker.io/library/app:one",
    id,
    id.slice(7),
    id.slice(7, 19),
    id.slice(0, 20),
  ])
    expect(engine.images.get(reference).id).toBe(id);
  const diffId = sha256(tarOf(file("name", "hello")));
  const inspected: unknown = engine.images.inspect("app:one");
  expect(inspected).toEqual({
    Id: id,
    RepoTags: ["app:one"],
    RepoDigests: [],
    Parent: "",
    Comment: "Imported from -",
    Created: "2026-01-01T00:00:01Z",
    DockerVersion: "",
    Author: "",
    Config: {
      Cmd: ["sh"],
      Entrypoint: null,
      Env: ["PATH=/bin"],
      Labels: { a: "b" },
      OnBuild: null,
      User: "",
      Volumes: null,
      WorkingDir: "",
    },
    Architecture: expect.any(String),
    Os: "linux",
    Size: 5,
    GraphDriver: {
      Data: {
        MergedDir: expect.stringMatching(/\/merged$/),
        UpperDir: engine.layers.directories(diffId)[0],
        WorkDir: expect.stringMatching(/\/work$/),
      },
      Name: "overlay2",
    },
    RootFS: { Type: "layers", Layers: [diffId] },
    Metadata: { LastTagTime: "2026-01-01T00:00:03Z" },
  });
  expect(engine.images.history("app:one")).toEqual([
    { Id: id, Created: 1767225601, CreatedBy: "", Tags: ["app:one"], Size: 5, Comment: "Imported from -" },
  ]);
  expect(engine.actions()).toEqual(["tag app:one", `import ${id}`]);
});

test.each([
  ["nope", "No such image: nope:latest"],
  ["nope:x", "No such image: nope:x"],
  ["sha256:1234", "No such image: sha256:1234"],
  ["a".repeat(64), `No such image: sha256:${"a".repeat(64)}`],
  [`x/y@sha256:${"a".repeat(64)}`, `No such image: x/y@sha256:${"a".repeat(64)}`],
  ["Bad", "invalid reference format: repository name (library/Bad) must be lowercase"],
])("%s is not found", (reference, message) => {
  expect(() => engine.images.get(reference)).toThrow(message);
});

test.each([
  ["UPPER", "", "invalid reference format: repository name (library/UPPER) must be lowercase"],
  ["sha256", "", "refusing to create an ambiguous tag using digest algorithm as name"],
  ["app", "b d", "invalid tag format"],
  [`a@sha256:${"a".repeat(64)}`, "", "refusing to create a tag with a digest reference"],
])("a tag %s:%s is refused", async (repository, tag, message) => {
  await engine.import("app:one");
  expect(() => engine.images.tag("app:one", repository, tag)).toThrow(message);
});

test("a tag moves from one image to another", async () => {
  const one = await engine.import("app:one");
  const two = await engine.import("app:two");
  engine.images.tag("app:two", "app", "one");
  expect(engine.images.get("app:one").id).toBe(two);
  expect(engine.images.inspect(one).RepoTags).toEqual([]);
  expect(engine.images.tagsOf(two)).toEqual(["app:one", "app:two"]);
});

test("an import that fails leaves nothing", async () => {
  const refused = (content: Buffer, options: object) =>
    failureOf(engine.images.import(Readable.from([content]), options, () => {}));
  const good = tarOf(file("a", "b"));
  await refused(good, { repository: "app", changes: ["FROM x"] });
  await refused(good, { repository: "Bad" });
  await refused(Buffer.alloc(2000, "garbage"), {});
  expect(await engine.kept()).toEqual({ layers: 0, blobs: 0, staging: 0 });
});

test("lists are newest first and keep to their filters", async () => {
  const old = await engine.import("app:old", { changes: ["LABEL kind=old shared=1"] });
  await engine.import("lib/app:new", { changes: ["LABEL kind=new shared=1"] });
  const dangling = await engine.import("");
  const child = await commit(old, "child");
  const list = (filters: Record<string, string[]>, all = false) =>
    engine.images.list({ filters, all }).map((image) => image.RepoTags?.[0] ?? image.Id);
  expect(list({})).toEqual([child, dangling, "lib/app:new", "app:old"]);
  expect(list({ dangling: ["true"] })).toEqual([child, dangling]);
  expect(list({ dangling: ["false"] })).toEqual(["lib/app:new", "app:old"]);
  expect(list({ label: ["shared", "kind=old"] })).toEqual([child, "app:old"]);
  expect(list({ reference: ["app"] })).toEqual(["app:old"]);
  expect(list({ reference: ["*/app:n*"] })).toEqual(["lib/app:new"]);
  expect(list({ before: ["lib/app:new"] })).toEqual(["app:old"]);
  expect(list({ since: ["lib/app:new"] })).toEqual([child, dangling]);
  expect(list({ until: ["2026-01-01T00:00:02Z"] })).toEqual(["app:old"]);
  await remove("app:old", true).catch(() => {});
  expect(() => list({ nope: ["x"] })).toThrow("invalid filter 'nope'");
  expect(() => list({ dangling: ["maybe"] })).toThrow("invalid filter 'dangling=[maybe]'");
  expect(() => list({ before: ["nope"] })).toThrow("No such image: nope:latest");
  expect(() => list({ reference: ["["] })).toThrow("syntax error in pattern");
});

test("sizes count each layer, shared sizes those that others have, too", async () => {
  const base = await engine.import("base", { content: "12345" });
  const child = await commit(base, "1234567");
  const sizes = engine.images
    .list({ sharedSize: true, all: true })
    .map(({ Id, Size, SharedSize }) => [Id, Size, SharedSize]);
  expect(sizes).toEqual([
    [child, 12, 5],
    [base, 5, 5],
  ]);
});

test("a name goes while there are others; with the last one the image goes", async () => {
  const id = await engine.import("app:one");
  engine.images.tag("app:one", "other", "");
  expect(await remove("app:one")).toEqual([{ Untagged: "app:one" }]);
  const [diffId] = engine.images.get("other").config.rootfs.diff_ids;
  expect(await remove("other")).toEqual([{ Untagged: "other:latest" }, { Deleted: id }, { Deleted: diffId }]);
  expect(engine.actions().slice(3)).toEqual([`untag ${id}`, `untag ${id}`, `delete ${id}`]);
  expect(await engine.kept()).toEqual({ layers: 0, blobs: 0, staging: 0 });
});

test("an id with names in several repositories must be forced", async () => {
  const id = await engine.import("app:one");
  engine.images.tag("app:one", "other", "");
  expect(await refusal(id)).toMatchObject({
    kind: "conflict",
    message: `conflict: unable to delete ${id.slice(7, 19)} (must be forced) - image is referenced in multiple repositories`,
  });
  const items = await remove(id, true);
  expect(items.map((item) => item.Untagged ?? "").slice(0, 2)).toEqual(["app:one", "other:latest"]);
});

test("an image in use is kept, in dockerd's words", async () => {
  const id = await engine.import("app:one");
  const container = "c".repeat(64);
  engine.users = [{ containerId: container, imageId: id, running: false }];
  expect((await refusal("app:one")).message).toBe(
    `conflict: unable to remove repository reference "app:one" (must force) - container cccccccccccc is using its referenced image ${id.slice(7, 19)}`,
  );
  expect((await refusal(id)).message).toBe(
    `conflict: unable to delete ${id.slice(7, 19)} (must be forced) - image is being used by stopped container cccccccccccc`,
  );
  engine.users = [{ containerId: container, imageId: id, running: true }];
  expect((await refusal(id, true)).message).toBe(
    `conflict: unable to delete ${id.slice(7, 19)} (cannot be forced) - image is being used by running container cccccccccccc`,
  );
  // By name and by force only the name goes: the container's image stays.
  expect(await remove("app:one", true)).toEqual([{ Untagged: "app:one" }]);
  expect(engine.images.get(id).id).toBe(id);
});

test("an image with children stays; the last child takes unnamed parents along", async () => {
  const base = await engine.import("base");
  const child = await commit(base, "child");
  expect((await refusal(base, true)).message).toBe(
    `conflict: unable to delete ${base.slice(7, 19)} (cannot be forced) - image has dependent child images`,
  );
  expect(await remove("base")).toEqual([{ Untagged: "base:latest" }]);
  const chain = chainIdsOf(engine.images.get(child).config.rootfs.diff_ids);
  expect(await remove(child)).toEqual([
    { Deleted: child },
    { Deleted: chain[1] },
    { Deleted: base },
    { Deleted: chain[0] },
  ]);
});

test("prune takes what has no name, or all that nothing uses", async () => {
  await engine.import("used:one", { content: "1" });
  const used = engine.images.get("used:one").id;
  await engine.import("free:one", { content: "22", changes: ["LABEL keep=yes"] });
  const dangling = await engine.import("", { content: "333" });
  engine.users = [{ containerId: "c".repeat(64), imageId: used, running: false }];
  expect(await engine.images.prune({ label: ["none"] })).toEqual({ ImagesDeleted: null, SpaceReclaimed: 0 });
  const first = await engine.images.prune({});
  expect(first.ImagesDeleted?.[0]).toEqual({ Deleted: dangling });
  expect(first.SpaceReclaimed).toBe(3);
  expect((await engine.images.prune({ dangling: ["false"], "label!": ["keep"] })).ImagesDeleted).toBeNull();
  expect((await engine.images.prune({ dangling: ["0"] })).SpaceReclaimed).toBe(2);
  expect(engine.images.list({}).map((image) => image.Id)).toEqual([used]);
});

test("after a crash images without layers are gone, and so is what belongs to none", async () => {
  const whole = await engine.import("whole");
  const torn = await engine.import("torn");
  engine.blobs.put(Buffer.from("stray"));
  engine.blobs.delete(torn);
  await engine.layers.reconcile();
  await engine.images.reconcile();
  expect(engine.images.list({}).map((image) => image.Id)).toEqual([whole]);
  expect(await engine.kept()).toEqual({ layers: 1, blobs: 1, staging: 0 });
});
