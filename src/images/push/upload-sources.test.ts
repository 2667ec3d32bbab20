import { expect, test } from "bun:test";
import { createHash, randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { CompressedSource } from "./upload-sources.ts";

const compressed = randomBytes(300_000);

const source = () =>
  new CompressedSource("type", async function* pieces() {
    for (let at = 0; at < compressed.length; at += 70_000) yield compressed.subarray(at, at + 70_000);
  });

const read = (from: CompressedSource, offset: number) =>
  buffer(Readable.from(from.read(offset), { objectMode: false }));

test("its digest and size are known once it has been read", async () => {
  const from = source();
  expect(() => from.digest()).toThrow();
  expect(await read(from, 0)).toEqual(compressed);
  const digest: string = `sha256:${createHash("sha256").update(compressed).digest("hex")}`;
  expect(from.digest() as string).toBe(digest);
  expect(from.sizeBytes).toBe(compressed.length);
});

test("an upload that broke goes on from where it was, and has the digest of the whole", async () => {
  const from = source();
  await read(from, 0);
  const digest = from.digest();
  expect(await read(from, 123_456)).toEqual(compressed.subarray(123_456));
  expect(from.digest()).toBe(digest);
});
