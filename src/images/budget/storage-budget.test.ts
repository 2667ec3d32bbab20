import { afterEach, beforeEach, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import type { Digest } from "../../spec/digest.ts";
import { parseReference, withDefaultTag } from "../../spec/reference.ts";
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

/** An image as a pull leaves it: its layer with the compressed form beside. */
async function pulled(name: string): Promise<Digest> {
  const tar = tarOf(file(name, randomBytes(mebibyte)));
  const compressed = gzipSync(tar);
  const path = join(engine.directory, `${name}.gz`);
  writeFileSync(path, compressed);
  const blob = { path, digest: sha256(compressed), sizeBytes: compressed.length };
  const user = `lease:${name}`;
  const layer = await engine.layers.apply(undefined, Readable.from([compressed]), { blob, user });
  rmSync(path);
  const rootfs = { type: "layers", diff_ids: [layer.diffId] };
  const id = engine.images.add(Buffer.from(JSON.stringify({ os: "linux", architecture: "amd64", rootfs })));
  engine.images.name(id, withDefaultTag(parseReference(name)));
  await engine.layers.release(layer.chainId, user);
  return layer.diffId;
}

test("compressed forms go first, those of the images unused longest before others; then build cache; then images", async () => {
  const [old, young] = [await pulled("old"), await pulled("young")];
  engine.maxBytes = 3.5 * mebibyte;
  await engine.images.reconcile();
  await engine.background.idle();
  expect(engine.layers.blob(old)).toBeUndefined();
  expect(engine.layers.blob(young)).toBeDefined();
  engine.cacheBytes = 2 * mebibyte;
  await engine.images.reconcile();
  await engine.background.idle();
  expect(engine.layers.blob(young)).toBeUndefined();
  expect(engine.cacheBytes).toBeGreaterThan(mebibyte);
  expect(names().sort()).toEqual(["old:latest", "young:latest"]);
  engine.maxBytes = 1.5 * mebibyte;
  await engine.images.reconcile();
  await engine.background.idle();
  expect(engine.cacheBytes).toBe(0);
  expect(names()).toEqual(["young:latest"]);
  const log = engine.log.join("");
  expect(log).toContain(
    "let go of the compressed form of one layer to keep the storage budget: it freed 1.0",
  );
  expect(log).toContain("removed build cache to keep the storage budget: it freed");
});

test("a compressed form that something may be reading stays", async () => {
  const diffId = await pulled("read");
  // Of a layer on nothing both are the same.
  const chainId = diffId;
  engine.layers.retain(chainId, "lease:push");
  engine.maxBytes = mebibyte;
  await importOne("fresh");
  await engine.background.idle();
  expect(engine.layers.blob(diffId)).toBeDefined();
  await engine.layers.release(chainId, "lease:push");
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
