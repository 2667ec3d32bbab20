import { afterEach, beforeEach, expect, test } from "bun:test";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { file, sha256, tarOf } from "../../store/testing/tar-of.ts";
import { ImageFixture } from "../testing/image-fixture.ts";

let engine: ImageFixture;

beforeEach(() => {
  engine = new ImageFixture();
});

afterEach(() => engine.close());

const mebibyte = 1 << 20;

/** An image of a mebibyte, and a little for what is kept beside it. */
function importOne(name: string) {
  return engine.import(name, { content: name.padEnd(mebibyte, "x") });
}

function names(): string[] {
  return engine.images.list({}).flatMap(({ RepoTags }) => RepoTags ?? []);
}

test("over the budget the least recently used goes, and log and events tell it", async () => {
  engine.maxBytes = 2.5 * mebibyte;
  const first = await importOne("app:1");
  await importOne("app:2");
  engine.images.noteUse(first);
  await engine.background.idle();
  expect(names().sort()).toEqual(["app:1", "app:2"]);
  await importOne("app:3");
  await engine.background.idle();
  expect(names().sort()).toEqual(["app:1", "app:3"]);
  expect(engine.images.bytesOnDisk()).toBeLessThan(engine.maxBytes);
  expect(engine.log.join("")).toContain("removed the image app:2 to keep the storage budget: it freed 1.04");
  expect(engine.events.past().at(-1)).toMatchObject({
    Type: "image",
    Action: "evict",
    Actor: { Attributes: { names: "app:2", reason: "storage budget", max: String(engine.maxBytes) } },
  });
});

test("what a container uses, what is held and what has just come stays, though it be too much", async () => {
  const used = await importOne("used");
  const held = await importOne("held");
  engine.users = [{ containerId: "c".repeat(64), imageId: used, running: false }];
  engine.maxBytes = mebibyte;
  const hold = engine.images.hold(held);
  await importOne("fresh");
  await engine.background.idle();
  expect(names().sort()).toEqual(["fresh:latest", "held:latest", "used:latest"]);
  expect(engine.log.join("")).toContain("all that are left are in use or new");
  hold[Symbol.dispose]();
  await importOne("fresher");
  await engine.background.idle();
  expect(names().sort()).toEqual(["fresher:latest", "used:latest"]);
});

test("without a budget nothing goes; at the next start a smaller one is kept", async () => {
  await importOne("app:1");
  await importOne("app:2");
  await engine.background.idle();
  expect(names()).toHaveLength(2);
  engine.maxBytes = 1.5 * mebibyte;
  await engine.images.reconcile();
  await engine.background.idle();
  expect(names()).toEqual(["app:2"]);
});

/** As `du` counts: every file once, whatever its names. */
function bytesUnder(directory: string, seen = new Set<number>()): number {
  return readdirSync(directory, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return sum + bytesUnder(path, seen);
    const { ino, size } = statSync(path);
    if (!entry.isFile() || seen.has(ino)) return sum;
    seen.add(ino);
    return sum + size;
  }, 0);
}

test("what images take is told to the byte, replaced and hard-linked files, records and partial blobs included", async () => {
  const twin = { name: "twin", type: "hardlink" as const, linkName: Buffer.from("a") };
  const tar = tarOf(
    file("a", "content"),
    twin,
    file("b", "first"),
    file("b", "second"),
    file("big", "x".repeat(100_000)),
  );
  await engine.images.import(Readable.from([tar]), { repository: "app" }, () => {});
  const partial = engine.partials.open(sha256("anything"));
  partial.append(Buffer.alloc(1234));
  partial.close();
  const measured = ["layers", "blobs", "partial"].map((name) => bytesUnder(join(engine.directory, name)));
  expect(engine.images.bytesOnDisk()).toBe(measured.reduce((sum, bytes) => sum + bytes));
});
