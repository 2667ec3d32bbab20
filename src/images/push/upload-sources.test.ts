import { expect, test } from "bun:test";
import { createHash, randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { CompressedSource } from "./upload-sources.ts";

const tar = Buffer.concat([randomBytes(1_500_000), Buffer.alloc(1_500_000), randomBytes(700_000)]);

/** The same bytes in pieces of whatever length. */
function source(
  pieceBytes: number,
  onTarBytes?: (bytes: number) => void,
  compression: "gzip" | "zstd" = "gzip",
): CompressedSource {
  function* cut(): Generator<Buffer> {
    for (let at = 0; at < tar.length; at += pieceBytes) yield tar.subarray(at, at + pieceBytes);
  }
  const open = () => Readable.from(cut(), { objectMode: false });
  return new CompressedSource(open, { compression, force: false }, onTarBytes);
}

const read = (from: CompressedSource, offset: number) =>
  buffer(Readable.from(from.read(offset), { objectMode: false }));

test("the same tar gives the same bytes, however it comes", async () => {
  const [first, second] = [source(1 << 20), source(77_777)];
  const bytes = await read(first, 0);
  expect(await read(second, 0)).toEqual(bytes);
  expect(gunzipSync(bytes).equals(tar)).toBeTrue();
  const digest: string = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  expect([first.digest() as string, second.digest() as string]).toEqual([digest, digest]);
  expect(first.sizeBytes).toBe(bytes.length);
});

test("zstd has the same rules, and a type of its own", async () => {
  const [first, second] = [source(1 << 20, undefined, "zstd"), source(77_777, undefined, "zstd")];
  const bytes = await read(first, 0);
  expect(await read(second, 0)).toEqual(bytes);
  expect(zstdDecompressSync(bytes).equals(tar)).toBeTrue();
  expect(first.mediaType).toBe("application/vnd.oci.image.layer.v1.tar+zstd");
});

test("from the middle come the same bytes, under the digest of all of them", async () => {
  const from = source(1 << 20);
  const whole = await read(from, 0);
  const digest = from.digest();
  expect(await read(from, 1_234_567)).toEqual(whole.subarray(1_234_567));
  expect(from.digest()).toBe(digest);
});

test("how much of the tar has been read is told", async () => {
  const told: number[] = [];
  await read(
    source(300_000, (bytes) => told.push(bytes)),
    0,
  );
  expect(told).toEqual([1 << 20, 2 << 20, 3 << 20, tar.length]);
});
