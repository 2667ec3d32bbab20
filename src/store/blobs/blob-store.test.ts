import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import type { Digest } from "../../spec/digest.ts";
import { failureOf } from "../testing/failure.ts";
import { sha256 } from "../testing/tar-of.ts";
import { type BlobStore, createBlobStore } from "./blob-store.ts";

let root: string;
let blobs: BlobStore;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "gantry-blobs-"));
  blobs = createBlobStore(root);
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function source(text: string): Readable {
  return Readable.from([Buffer.from(text)]);
}

test("content is found again by its digest, once", async () => {
  const digest = blobs.put(Buffer.from("hello"));
  expect(digest).toBe(sha256("hello"));
  expect(blobs.put(Buffer.from("hello"))).toBe(digest);
  expect(blobs.read(digest).toString()).toBe("hello");
  expect((await buffer(blobs.open(digest))).toString()).toBe("hello");
  expect(blobs.sizeOf(digest)).toBe(5);
  expect(blobs.list()).toEqual([digest]);
  blobs.delete(digest);
  expect(blobs.sizeOf(digest)).toBeUndefined();
  expect(() => blobs.read(digest)).toThrow("not found");
});

test("a stream must be what was expected, or nothing stays", async () => {
  const digest = sha256("hello");
  expect(await blobs.ingest(source("hello"), { digest, sizeBytes: 5 })).toEqual({ digest, sizeBytes: 5 });
  expect(await failureOf(blobs.ingest(source("hellO"), { digest }))).toMatchObject({ kind: "invalid" });
  expect(await failureOf(blobs.ingest(source("hello!"), { sizeBytes: 5 }))).toMatchObject({
    kind: "invalid",
  });
  expect(readdirSync(join(root, "ingest"))).toEqual([]);
  expect(blobs.list()).toEqual([digest]);
});

test("damaged content is an error, not an answer", () => {
  const digest = blobs.put(Buffer.from("hello"));
  writeFileSync(join(root, "sha256", digest.slice(7)), "hellO");
  expect(() => blobs.read(digest)).toThrow("damaged");
});

test("a digest is never a path", () => {
  expect(() => blobs.sizeOf("sha256:../../etc/passwd" as Digest)).toThrow("invalid digest");
});

test("what a crash left half written goes", () => {
  writeFileSync(join(root, "ingest", "half"), "x");
  blobs.reconcile();
  expect(readdirSync(join(root, "ingest"))).toEqual([]);
});
