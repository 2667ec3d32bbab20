import { describe, expect, test } from "bun:test";
import { parseUlimit } from "./ulimit.ts";

describe("--ulimit", () => {
  test.each([
    ["nofile=1024", 1024, 1024],
    ["nofile=1024:2048", 1024, 2048],
    ["nofile=-1", -1, -1],
    ["nofile=1:-1", 1, -1],
    ["core=-2", -2, -2],
  ])("%s", (text, Soft, Hard) => {
    expect(parseUlimit(text)).toEqual({ Name: text.split("=")[0] ?? "", Soft, Hard });
  });

  test.each([
    ["nofile", "invalid ulimit argument: nofile"],
    ["=1", "invalid ulimit type: "],
    ["NOFILE=1", "invalid ulimit type: NOFILE"],
    ["nofile=", 'strconv.ParseInt: parsing "": invalid syntax'],
    ["nofile=1:b", 'strconv.ParseInt: parsing "b": invalid syntax'],
    ["nofile=1=2", 'strconv.ParseInt: parsing "1=2": invalid syntax'],
    ["nofile=9223372036854775808", 'strconv.ParseInt: parsing "9223372036854775808": value out of range'],
    ["nofile=1:2:3", "too many limit value arguments - 1:2:3, can only have up to two, `soft[:hard]`"],
    ["nofile=2048:1024", "ulimit soft limit must be less than or equal to hard limit: 2048 > 1024"],
    [
      "nofile=-1:1",
      "ulimit soft limit must be less than or equal to hard limit: soft: -1 (unlimited), hard: 1",
    ],
  ])("%s is refused", (text, message) => {
    expect(() => parseUlimit(text)).toThrow(message);
  });
});
