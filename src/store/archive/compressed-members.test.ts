import { expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { compressMember, memberBytes } from "./compressed-members.ts";

const text = readFileSync(join(import.meta.dir, "../../../ARCHITECTURE.md"));
const contents = [randomBytes(memberBytes), Buffer.alloc(memberBytes, "text "), text, Buffer.from("end")];

for (const [compression, expand] of [
  ["gzip", gunzipSync],
  ["zstd", zstdDecompressSync],
] as const) {
  const whole = (level?: number) =>
    Buffer.concat(
      contents.map((each) => compressMember(each, { compression, ...(level !== undefined && { level }) })),
    );

  test(`${compression}: members in a row are a file of all their content, the same each time`, () => {
    const bytes = whole();
    expect(expand(bytes).equals(Buffer.concat(contents))).toBeTrue();
    expect(whole().equals(bytes)).toBeTrue();
  });

  test(`${compression}: a level is heeded`, () => {
    const bytes = whole(9);
    expect(expand(bytes).equals(Buffer.concat(contents))).toBeTrue();
    expect(bytes.length).toBeLessThan(whole(1).length);
  });
}

const gzip = { compression: "gzip" } as const;

test("what is compressed already is stored", () => {
  const compressed = randomBytes(memberBytes);
  const member = compressMember(compressed, gzip);
  expect(Buffer.from(member).includes(compressed.subarray(1000, 2000))).toBeTrue();
  expect(member.length).toBeLessThan(memberBytes * 1.001);
});

test("content whose beginning alone is compressed already is compressed", () => {
  const half = memberBytes / 2;
  const mixed = Buffer.concat([randomBytes(half), Buffer.alloc(half, "text ")]);
  expect(compressMember(mixed, gzip).length).toBeLessThan(half * 1.1);
});
