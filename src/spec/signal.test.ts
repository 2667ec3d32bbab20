import { describe, expect, test } from "bun:test";
import { isSupportedSignal, parseSignal, signalName } from "./signal.ts";

describe("signals", () => {
  test.each([
    ["TERM", 15],
    ["SIGTERM", 15],
    ["sigterm", 15],
    ["9", 9],
    ["CLD", 17],
    ["winch", 28],
    ["RTMIN", 34],
    ["SIGRTMIN+3", 37],
    ["rtmin+15", 49],
    ["RTMAX-14", 50],
    ["RTMAX-1", 63],
    ["RTMAX", 64],
    ["65", 65],
    ["-1", -1],
  ])("%s is %d", (text, number) => {
    expect(parseSignal(text)).toBe(number);
  });

  test.each(["FOO", "SIGFOO", "0", "", " TERM", "9 ", "9x", "RTMIN+16", "RTMAX-15", "RTMIN+0", "toString"])(
    "%p is none",
    (text) => {
      expect(() => parseSignal(text)).toThrow(`invalid signal: ${text}`);
    },
  );

  test("what the kernel has", () => {
    expect([1, 31, 34, 64].every(isSupportedSignal)).toBeTrue();
    expect([-1, 0, 32, 33, 65].some(isSupportedSignal)).toBeFalse();
  });

  test("every name leads back to its number", () => {
    for (let number = 1; number <= 64; number++) {
      if (isSupportedSignal(number)) expect(parseSignal(signalName(number))).toBe(number);
    }
    expect(signalName(15)).toBe("SIGTERM");
    expect(signalName(99)).toBe("99");
  });
});
