import { expect, test } from "bun:test";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { compressed } from "./compress.ts";

test("a compressed context is the same context; one that breaks off breaks", async () => {
  const bytes = Buffer.alloc(300_000, "context ");
  expect(gunzipSync(await buffer(compressed(Readable.from([bytes])))).equals(bytes)).toBeTrue();
  const broken = Readable.from(
    (function* () {
      yield bytes;
      throw new Error("a file has gone");
    })(),
  );
  expect(buffer(compressed(broken))).rejects.toThrow("a file has gone");
});
