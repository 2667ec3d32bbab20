import { describe, expect, test } from "bun:test";
import { formatBinaryBytes, formatBytes, parseBytes, parseSwapBytes } from "./size.ts";

const mebi = 1024 * 1024;

describe("sizes", () => {
  test.each([
    ["0", 0],
    ["64", 64],
    ["64b", 64],
    ["64B", 64],
    ["64k", 65536],
    ["64m", 64 * mebi],
    ["64M", 64 * mebi],
    ["64mb", 64 * mebi],
    ["64MiB", 64 * mebi],
    ["64 m", 64 * mebi],
    ["+64m", 64 * mebi],
    ["1.5g", 1536 * mebi],
    [".5g", 512 * mebi],
    ["1e9", 1e9],
    ["1_000k", 1_024_000],
    ["1tb", mebi * mebi],
    ["1P", 1024 * mebi * mebi],
    ["1.9", 1],
  ])("%p is %d bytes", (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes);
  });

  // Each message as the docker command 28.5 prints it.
  test.each([
    ["", "invalid size: ''"],
    ["a", "invalid size: 'a'"],
    ["-1", "invalid size: '-1'"],
    ["64x", "invalid suffix: 'x'"],
    ["64Mi", "invalid suffix: 'mi'"],
    ["64i", "invalid suffix: 'i'"],
    ["1E", "invalid suffix: 'e'"],
    ["64bb", "invalid suffix: 'bb'"],
    ["0x10", 'strconv.ParseFloat: parsing "0x10": invalid syntax'],
    [" 64m", 'strconv.ParseFloat: parsing " 64": invalid syntax'],
  ])("%p is refused", (text, message) => {
    expect(() => parseBytes(text)).toThrow(message);
  });

  test("only swap can be unlimited", () => {
    expect(parseSwapBytes("-1")).toBe(-1);
    expect(parseSwapBytes("64m")).toBe(64 * mebi);
    expect(() => parseSwapBytes("-2")).toThrow("invalid size: '-2'");
  });

  test("for people", () => {
    expect(formatBytes(0)).toBe("0B");
    expect(formatBytes(999)).toBe("999B");
    expect(formatBytes(1000)).toBe("1kB");
    expect(formatBytes(1_980_000, 3)).toBe("1.98MB");
    expect(formatBytes(123_456_789)).toBe("123.5MB");
    expect(formatBytes(123_456_789, 3)).toBe("123MB");
    expect(formatBytes(999_950, 3)).toBe("1e+03kB");
    expect(formatBinaryBytes(1536)).toBe("1.5KiB");
    expect(formatBinaryBytes(1023 * 1024)).toBe("1023KiB");
    expect(formatBinaryBytes(2 ** 63)).toBe("8EiB");
  });
});

test("rounds half a digit to even, as Go does", () => {
  expect([100_250, 100_750, 100_500].map((bytes) => formatBytes(bytes))).toEqual([
    "100.2kB",
    "100.8kB",
    "100.5kB",
  ]);
  expect([100_500, 101_500].map((bytes) => formatBytes(bytes, 3))).toEqual(["100kB", "102kB"]);
});
