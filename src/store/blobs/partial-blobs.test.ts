import { afterEach, beforeEach, expect, test } from "bun:test";
import { linkSync, mkdtempSync, readdirSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import type { Digest } from "../../spec/digest.ts";
import { sha256 } from "../testing/tar-of.ts";
import { createPartialBlobs, type PartialBlobs } from "./partial-blobs.ts";

let root: string;
let partials: PartialBlobs;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "gantry-partial-"));
  partials = createPartialBlobs(root);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function lay(text: string): Digest {
  const digest = sha256(text);
  const partial = partials.open(digest);
  partial.append(Buffer.from(text));
  partial.close();
  return digest;
}

test("what has come is there for the next, until it begins anew", async () => {
  const partial = partials.open(lay("hel"));
  expect(partial.sizeBytes).toBe(3);
  partial.append(Buffer.from("lo"));
  expect((await buffer(partial.read())).toString()).toBe("hello");
  partial.clear();
  partial.append(Buffer.from("x"));
  expect((await buffer(partial.read())).toString()).toBe("x");
  partial.remove();
  expect(readdirSync(root)).toEqual([]);
});

test("what nobody has gone on with goes, and what is whole elsewhere", () => {
  const [old, whole, fresh] = ["old", "whole", "fresh"].map(lay) as [Digest, Digest, Digest];
  const past = new Date(Date.now() - 60_000);
  utimesSync(join(root, old.replace(":", "-")), past, past);
  partials.sweep(30_000, [whole]);
  expect(readdirSync(root)).toEqual([fresh.replace(":", "-")]);
});

test("a digest is never a path", () => {
  expect(() => partials.open("sha256:../../etc/passwd" as Digest)).toThrow("invalid digest");
});

test("a prune takes what nobody is at, and tells what that gives back", () => {
  const [left, linked] = ["left", "linked"].map(lay) as [Digest, Digest];
  linkSync(join(root, linked.replace(":", "-")), join(root, "..", `kept-${process.pid}`));
  const used = partials.open(lay("used"));
  try {
    const all = partials.unused();
    expect(all.map(({ digest }) => digest).sort()).toEqual([left, linked].sort());
    const again = partials.open(linked);
    expect(partials.prune(all.map(({ digest }) => digest))).toBe("left".length);
    again.close();
    expect(partials.prune([linked])).toBe(0);
    expect(readdirSync(root)).toHaveLength(1);
    used.close();
    expect(partials.unused()).toMatchObject([{ digest: sha256("used"), sizeBytes: "used".length }]);
  } finally {
    rmSync(join(root, "..", `kept-${process.pid}`));
  }
});
