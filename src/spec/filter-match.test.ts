import { expect, test } from "bun:test";
import {
  booleanFilter,
  checkFilterNames,
  matchesExactly,
  matchesLabels,
  matchesPattern,
  matchesPrefix,
} from "./filter-match.ts";

test("labels", () => {
  const labels = { k: "v", x: "" };
  expect(matchesLabels(undefined, labels)).toBeTrue();
  expect(matchesLabels(["k"], labels)).toBeTrue();
  expect(matchesLabels(["k=v", "x"], labels)).toBeTrue();
  expect(matchesLabels(["x="], labels)).toBeTrue();
  expect(matchesLabels(["k=w"], labels)).toBeFalse();
  expect(matchesLabels(["k=v=w"], labels)).toBeFalse();
  expect(matchesLabels(["k", "y"], labels)).toBeFalse();
  expect(matchesLabels(["k"], null)).toBeFalse();
  expect(matchesLabels(["toString"], {})).toBeFalse();
});

test("names", () => {
  expect(matchesPattern([], "abc")).toBeTrue();
  expect(matchesPattern(["b"], "abc")).toBeTrue();
  expect(matchesPattern(["^b", "c$"], "abc")).toBeTrue();
  expect(matchesPattern(["^b"], "abc")).toBeFalse();
  expect(matchesPattern(["("], "abc")).toBeFalse();
  expect(matchesExactly(["ab"], "abc")).toBeFalse();
  expect(matchesPrefix(["ab"], "abc")).toBeTrue();
});

test("true or false", () => {
  expect(booleanFilter("dangling", undefined)).toBeUndefined();
  expect(booleanFilter("dangling", ["1"])).toBeTrue();
  expect(booleanFilter("dangling", ["false", "0"])).toBeFalse();
  expect(() => booleanFilter("dangling", ["x"])).toThrow("invalid filter 'dangling=[x]'");
  expect(() => booleanFilter("dangling", ["true", "false"])).toThrow(
    "invalid filter 'dangling=[true false]'",
  );
});

test("unknown names", () => {
  checkFilterNames({ name: ["a"] }, ["name"]);
  expect(() => checkFilterNames({ foo: ["a"] }, ["name"])).toThrow("invalid filter 'foo'");
});
