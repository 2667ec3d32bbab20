import { afterEach, beforeEach, expect, test } from "bun:test";
import { file, tarOf } from "../../store/testing/tar-of.ts";
import { failureOf } from "../../store/testing/failure.ts";
import { ImageFixture, legacyArchive } from "../testing/image-fixture.ts";

let engine: ImageFixture;

beforeEach(() => {
  engine = new ImageFixture();
});

afterEach(() => engine.close());

const seconds = (time: number) => ({ modified: { seconds: time, nanoseconds: 0 } });
const directory = (name: string) => ({ name, type: "directory" as const });
const base = tarOf(
  directory("etc"),
  file("etc/motd", "hello"),
  file("etc/same", "same"),
  { ...file("etc/touched", "touched"), ...seconds(1) },
  file("etc/mode", "mode"),
  directory("cache"),
  file("cache/a", "x".repeat(1000)),
  file("cache/b", "y".repeat(500)),
);
const changes = tarOf(
  file("etc/motd", "hello, world"),
  { ...file("etc/touched", "touched"), ...seconds(2) },
  { ...file("etc/mode", "mode"), mode: 0o755 },
  file("etc/new", "new"),
  file(".wh.cache", ""),
);
const none = { Files: 0, Size: 0 };

async function load(tags: string[], ...layers: Buffer[]): Promise<void> {
  const history = layers.map((_, index) => ({ created_by: `step ${index}` }));
  await engine.load(legacyArchive([{ tags, layers, config: { history } }]));
}

test("an image is told from its base by layer and by file, with what the new layer hides", async () => {
  await load(["app:1"], base);
  await load(["app:2"], base, changes);
  const { From, To, Files } = await engine.images.diff("app:1", "app:2");
  expect(Files).toEqual([
    { Path: "/cache", Kind: "removed", Type: "directory", Layer: 0, SizeBefore: 1500 },
    {
      Path: "/etc/mode",
      Kind: "changed",
      Type: "file",
      Layer: 1,
      SizeBefore: 4,
      SizeAfter: 4,
      What: ["mode"],
    },
    {
      Path: "/etc/motd",
      Kind: "changed",
      Type: "file",
      Layer: 1,
      SizeBefore: 5,
      SizeAfter: 12,
      What: ["content"],
    },
    { Path: "/etc/new", Kind: "added", Type: "file", Layer: 1, SizeAfter: 3 },
  ]);
  expect(From.Layers).toMatchObject([{ Shared: true, Wasted: none, Added: { Files: 8, Size: 1520 } }]);
  expect(To.Layers).toMatchObject([
    { CreatedBy: "step 0", Shared: true, Wasted: { Files: 5, Size: 1516 }, Size: 1520 },
    {
      CreatedBy: "step 1",
      Shared: false,
      Added: { Files: 1, Size: 3 },
      Changed: { Files: 2, Size: 16 },
      Removed: { Files: 3, Size: 1500 },
      Wasted: none,
    },
  ]);
});

test("layers that differ only in times and order make no difference", async () => {
  await load(["app:1"], tarOf(file("a", "1"), { ...file("b", "2"), ...seconds(5) }));
  await load(["app:2"], tarOf(file("b", "2"), file("a", "1")));
  expect((await engine.images.diff("app:1", "app:2")).Files).toEqual([]);
});

test("a directory that hides its former self, a file in its place, hard links and links are seen as they are", async () => {
  const link = { name: "link", type: "symlink" as const, linkName: Buffer.from("one") };
  const twin = { name: "twin", type: "hardlink" as const, linkName: Buffer.from("kept/f") };
  const lower = tarOf(
    directory("d"),
    file("d/old", "old"),
    file("kept/f", "content"),
    twin,
    link,
    file("empty", ""),
  );
  const upper = tarOf(
    directory("d"),
    file("d/.wh..wh..opq", ""),
    file("d/fresh", "fresh"),
    { ...link, linkName: Buffer.from("two") },
    file("twin", "changed"),
    file(".wh.kept", ""),
    file("kept", "a file"),
    file("empty", ""),
  );
  await load(["app:1"], lower);
  await load(["app:2"], lower, upper);
  const { Files } = await engine.images.diff("app:1", "app:2");
  expect(Files.map(({ Kind, Path, What }) => `${Kind} ${Path} ${What?.join() ?? ""}`.trim())).toEqual([
    "added /d/fresh",
    "removed /d/old",
    "changed /kept type,mode",
    "removed /kept/f",
    "changed /link content",
    "changed /twin content",
  ]);
  const back = await engine.images.diff("app:2", "app:1");
  expect(back.Files.filter(({ Kind }) => Kind === "added").map(({ Path }) => Path)).toEqual([
    "/d/old",
    "/kept/f",
  ]);
});

test("an unknown image is named, and no layer stays held", async () => {
  await load(["app:1"], base);
  expect(await failureOf(engine.images.diff("app:1", "nothing"))).toMatchObject({
    kind: "not-found",
    message: "No such image: nothing:latest",
  });
  await engine.images.diff("app:1", "app:1");
  await engine.images.remove("app:1", { force: false, noPrune: false });
  expect(await engine.kept()).toEqual({ layers: 0, blobs: 0, staging: 0 });
});
