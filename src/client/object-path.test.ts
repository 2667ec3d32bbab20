import { expect, test } from "bun:test";
import { objectPath, straightPath } from "./object-path.ts";

test.each([
  ["/images/busybox/json", "/images/busybox/json"],
  ["/images/gantry.test%2Fa%3A1/json", "/images/gantry.test%2Fa%3A1/json"],
  ["/images/.%2Fa", "/images/a"],
  ["/images//history", "/images/history"],
  ["/images/", "/images"],
  ["/containers/a%2F..%2F..%2Fimages/json", "/images/json"],
  ["/containers/..a/json", "/containers/..a/json"],
])("%s is sent as %s", (path, sent) => {
  expect(straightPath(path)).toBe(sent);
});

test("an object without a name has no path", () => {
  expect(objectPath("volume", " a/b ")).toBe("/volumes/a%2Fb");
  expect(() => objectPath("network", " ")).toThrow("invalid network name or ID: value is empty");
  expect(() => objectPath("image", "")).toThrow("Error: No such image: ");
});
