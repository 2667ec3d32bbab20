import { expect, test } from "bun:test";
import { pathMatch } from "./path-match.ts";

// From the tests of Go's path.Match, and what image names hold.
test.each<[string, string, boolean]>([
  ["abc", "abc", true],
  ["my-app_1.2/x:y-z", "my-app_1.2/x:y-z", true],
  ["my-*", "my-app", true],
  ["*", "abc", true],
  ["*c", "abc", true],
  ["a*", "ab/c", false],
  ["a*/b", "abc/b", true],
  ["a*/b", "a/c/b", false],
  ["a*b*c*d*e*/f", "axbxcxdxe/f", true],
  ["a*b?c*x", "abxbbxdbxebxczzy", false],
  ["ab[c]", "abc", true],
  ["ab[b-d]", "abc", true],
  ["ab[e-g]", "abc", false],
  ["ab[^c]", "abc", false],
  ["ab[^e-g]", "abc", true],
  ["a\\*b", "a*b", true],
  ["a\\*b", "ab", false],
  ["a?b", "a☺b", true],
  ["a[^a]b", "a☺b", true],
  ["a???b", "a☺b", false],
  ["[a-ζ]*", "α", true],
  ["[\\]a]", "]", true],
  ["[\\-]", "-", true],
  ["[x\\-]", "-", true],
  ["[\\-x]", "a", false],
  ["a.b", "axb", false],
  ["(a|b)+$", "a", false],
])("%s and %s", (pattern, name, matches) => {
  expect(pathMatch(pattern, name)).toBe(matches);
});

test.each(["[]a]", "[-]", "[x-]", "[-x]", "[a-b-c]", "[", "[^", "[^bc", "a[", "a\\", "[z-a]"])(
  "%s is no pattern",
  (pattern) => {
    expect(() => pathMatch(pattern, "a")).toThrow("syntax error in pattern");
  },
);
