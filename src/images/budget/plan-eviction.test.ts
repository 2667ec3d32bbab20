import { expect, test } from "bun:test";
import type { Digest } from "../../spec/digest.ts";
import { type Evictable, planEviction } from "./plan-eviction.ts";

const digest = (name: string) => `sha256:${name}` as Digest;
const bytes = new Map(["a", "b", "c", "d"].map((name, index) => [digest(name), 10 * (index + 1)]));

function image(name: string, lastUsedMs: number, layers: string, needed = false): Evictable {
  return { id: digest(name), lastUsedMs, needed, layers: Array.from(layers, digest) };
}

function planned(images: Evictable[], excessBytes: number): string[] {
  return planEviction(images, bytes, excessBytes).map(({ id, freesBytes }) => `${id} ${freesBytes}`);
}

test("the least recently used go first, and no more than are needed", () => {
  const images = [image("new", 3, "a"), image("old", 1, "b"), image("middle", 2, "c")];
  expect(planned(images, 0)).toEqual([]);
  expect(planned(images, 1)).toEqual(["sha256:old 20"]);
  expect(planned(images, 21)).toEqual(["sha256:old 20", "sha256:middle 30"]);
  expect(planned(images, 1000)).toEqual(["sha256:old 20", "sha256:middle 30", "sha256:new 10"]);
});

test("what is needed stays, and so do the layers that it shares", () => {
  const images = [image("used", 1, "ab", true), image("sharer", 2, "abc"), image("base", 3, "a")];
  expect(planned(images, 1000)).toEqual(["sha256:sharer 30"]);
});

test("an image that frees nothing stays until those who share its layers are gone", () => {
  const images = [image("base", 1, "a"), image("child", 2, "ab")];
  expect(planned(images, 5)).toEqual(["sha256:child 20"]);
  expect(planned(images, 25)).toEqual(["sha256:child 20", "sha256:base 10"]);
});
