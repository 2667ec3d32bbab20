import { describe, expect, test } from "bun:test";
import { checkLabel, pairsToMap, parseEnv, parseKeyValueFile } from "./key-value-file.ts";

const environment = (name: string) => (name === "HOME" ? "/root" : undefined);
const read = (text: string | Uint8Array) => parseKeyValueFile(Buffer.from(text), "f", environment);

describe("--env-file", () => {
  test("values are taken as they stand", () => {
    expect(read('A=b c \nB="q"\n\nC=\n  D=1\n\tE=2\r\nF=#x\n# no\n  # no')).toEqual([
      "A=b c ",
      'B="q"',
      "C=",
      "D=1",
      "E=2",
      "F=#x",
    ]);
    expect(read("\ufeffA=1\n")).toEqual(["A=1"]);
    expect(read("A=\u0000x")).toEqual(["A=\u0000x"]);
    expect(read("")).toEqual([]);
  });

  test("bare names come from the environment or not at all", () => {
    expect(read("A\nHOME\nB=1")).toEqual(["HOME=/root", "B=1"]);
    expect(parseKeyValueFile(Buffer.from("HOME"), "f")).toEqual([]);
  });

  test.each([
    ["A=1\nB = 2", "invalid env file (f): variable 'B ' contains whitespaces"],
    ["a b", "invalid env file (f): variable 'a b' contains whitespaces"],
    ["A\tB=1", "invalid env file (f): variable 'A\tB' contains whitespaces"],
    ["=1", "invalid env file (f): no variable name on line '=1'"],
  ])("%p is refused", (text, message) => {
    expect(() => read(text)).toThrow(message);
  });

  test("bytes that are not UTF-8 are refused", () => {
    expect(() => read(Uint8Array.of(65, 61, 10, 255, 61, 49, 10))).toThrow(
      "invalid env file (f): invalid utf8 bytes at line 2: [255 61 49]",
    );
  });
});

test("-e", () => {
  expect(parseEnv("A=1", environment)).toBe("A=1");
  expect(parseEnv("A=", environment)).toBe("A=");
  expect(parseEnv("HOME", environment)).toBe("HOME=/root");
  expect(parseEnv("A", environment)).toBe("A");
  expect(() => parseEnv("", environment)).toThrow("invalid environment variable: ");
  expect(() => parseEnv("=1", environment)).toThrow("invalid environment variable: =1");
});

test("--label", () => {
  expect(pairsToMap(["A=1", "B", "C=x=y", "A=2"].map(checkLabel))).toEqual({ A: "2", B: "", C: "x=y" });
  expect(() => checkLabel("=1")).toThrow("invalid label '=1': empty name");
  expect(() => checkLabel("")).toThrow("invalid label '': empty name");
  expect(() => checkLabel("A B=1")).toThrow("label 'A B' contains whitespaces");
});
