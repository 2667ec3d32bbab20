import { describe, expect, test } from "bun:test";
import { parseTmpfsFlag } from "./tmpfs.ts";
import { parseVolumeFlag } from "./volume-flag.ts";

describe("-v", () => {
  test.each([
    ["/data", { anonymous: "/data" }],
    ["data", { anonymous: "data" }],
    ["/a:/b", { bind: "/a:/b" }],
    ["/a:/b:ro,z", { bind: "/a:/b:ro,z" }],
    ["name:/b", { bind: "name:/b" }],
    ["./a:/b", { bind: "/home/me/a:/b" }],
    ["../a:/b:ro", { bind: "/home/a:/b:ro" }],
    [".:/b", { bind: "/home/me:/b" }],
    ["~/a:/b", { bind: "~/a:/b" }],
    ["a:b:c:d", { bind: "a:b:c:d" }],
    ["/:", { anonymous: "/:" }],
    ["x:/c", { anonymous: "x:/c" }],
    ["x:/c:/d", { bind: "x:/c:/d" }],
  ])("%s", (text, flag) => {
    expect(parseVolumeFlag(text, "/home/me") as unknown).toEqual(flag);
  });

  test.each([
    ["", "invalid empty volume spec"],
    [":/b", "invalid spec: :/b: empty section between colons"],
    ["/a:", "invalid spec: /a:: empty section between colons"],
    ["/a:/b:ro:ro", "invalid spec: /a:/b:ro:ro: too many colons"],
    ["name:/b:", "invalid spec: name:/b:: empty section between colons"],
  ])("%p is refused", (text, message) => {
    expect(() => parseVolumeFlag(text, "/")).toThrow(message);
  });
});

test("--tmpfs", () => {
  expect(parseTmpfsFlag("/x")).toEqual(["/x", ""]);
  expect(parseTmpfsFlag("/x:size=64m,mode=1777")).toEqual(["/x", "size=64m,mode=1777"]);
});
