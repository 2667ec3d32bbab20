import { describe, expect, test } from "bun:test";
import { formatPlatform, hostPlatform, parsePlatform, platformMatches, samePlatform } from "./platform.ts";

const host = { os: "linux", architecture: "amd64" };
const read = (text: string) => formatPlatform(parsePlatform(text, host));
const matches = (have: string, want: string) =>
  platformMatches(parsePlatform(have, host), parsePlatform(want, host));

describe("platforms", () => {
  test.each([
    ["linux/amd64", "linux/amd64"],
    ["amd64", "linux/amd64"],
    ["linux", "linux/amd64"],
    ["LINUX/AMD64", "linux/amd64"],
    ["linux/x86_64", "linux/amd64"],
    ["linux/amd64/v1", "linux/amd64"],
    ["linux/amd64/v2", "linux/amd64/v2"],
    ["arm64", "linux/arm64"],
    ["linux/aarch64", "linux/arm64"],
    ["linux/arm64/v8", "linux/arm64"],
    ["linux/arm", "linux/arm/v7"],
    ["armhf", "linux/arm/v7"],
    ["linux/armel", "linux/arm/v6"],
    ["linux/arm/6", "linux/arm/v6"],
    ["macos/arm64", "darwin/arm64"],
    ["linux/foo", "linux/foo"],
    ["riscv64", "linux/riscv64"],
  ])("%s is %s", (text, form) => {
    expect(read(text)).toBe(form);
  });

  test.each([
    ["foo", '"foo": unknown operating system or architecture: invalid argument'],
    ["a/b/c/d", '"a/b/c/d": cannot parse platform specifier: invalid argument'],
    [
      "linux/",
      '"" is an invalid component of "linux/": platform specifier component must match "^[A-Za-z0-9_.-]+$": invalid argument',
    ],
    ["*", '"*": wildcards not yet supported: invalid argument'],
  ])("%s is refused", (text, message) => {
    expect(() => read(text)).toThrow(message);
  });

  test("an image for a platform runs on it and on its newer variants", () => {
    expect(matches("linux/amd64", "linux/amd64")).toBeTrue();
    expect(matches("linux/amd64", "linux/amd64/v2")).toBeTrue();
    expect(matches("linux/amd64/v3", "linux/amd64/v2")).toBeFalse();
    expect(matches("linux/arm/v6", "linux/arm/v7")).toBeTrue();
    expect(matches("linux/arm/v7", "linux/arm/v6")).toBeFalse();
    expect(matches("linux/arm64", "linux/amd64")).toBeFalse();
    expect(matches("windows/amd64", "linux/amd64")).toBeFalse();
  });

  test("the host is a platform the parser knows", () => {
    expect(samePlatform(parsePlatform(formatPlatform(hostPlatform())), hostPlatform())).toBeTrue();
  });
});
