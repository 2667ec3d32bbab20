import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ignoreMatcher, parseIgnoreFile } from "./ignore-pattern.ts";

interface Vector {
  patterns: string[];
  path: string;
  match: boolean;
}

const root = join(import.meta.dir, "..", "..");
const shared = process.env.GANTRY_SHARED ?? join(root, "..", "shared");
const file = join(shared, "vectors", "dockerignore.json");
const vectors: Vector[] = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : [];

describe.skipIf(vectors.length === 0)("published matches (skipped without ../shared/vectors)", () => {
  for (const { patterns, path, match } of vectors) {
    test(`${patterns.join(" ")} : ${path}`, () => {
      expect(ignoreMatcher(patterns).excludes(path)).toBe(match);
    });
  }
});

test("an ignore file's comments, blanks and slashes do not count", () => {
  expect(parseIgnoreFile("\uFEFF# a comment\r\n\n  a/b/  \n/c\n! /d/../e\n #not a comment\n/\n")).toEqual([
    "a/b",
    "c",
    "!e",
    "#not a comment",
    "/",
  ]);
});

test("the last pattern that matches decides, for everything below, too", () => {
  const matcher = ignoreMatcher(["*", "!src", "src/**/*.o", "!src/keep.o"]);
  const excluded = ["README", "src", "src/a/b.c", "src/a/b.o", "src/keep.o"].map((path) =>
    matcher.excludes(path),
  );
  expect(excluded).toEqual([true, false, false, true, false]);
});

test("a walk gets the same answers", () => {
  const matcher = ignoreMatcher(["a", "!a/b/*", "a/b/x"]);
  const a = matcher.next("a", undefined);
  const b = matcher.next("a/b", a);
  const states = [a, b, matcher.next("a/b/x", b), matcher.next("a/b/y", b)];
  expect(states.map(({ excluded }) => excluded)).toEqual([true, true, true, false]);
});

test("excluded directories are entered only if something in them may be taken back in", () => {
  const matcher = ignoreMatcher(["**", "!a/*/c", "!d/**/e"]);
  const entered = ["a", "a/b", "a/b/c", "d", "d/x/y", "e"].map((path) => matcher.mayIncludeBelow(path));
  expect(entered).toEqual([true, true, false, true, true, false]);
  expect(ignoreMatcher(["a"]).mayIncludeBelow("a")).toBe(false);
});

test("patterns that mean nothing are refused", () => {
  expect(() => ignoreMatcher(["!"])).toThrow('illegal exclusion pattern: "!"');
  expect(() => ignoreMatcher(["a[b"])).toThrow("syntax error in pattern");
});
