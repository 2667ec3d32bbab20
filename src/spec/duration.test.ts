import { describe, expect, test } from "bun:test";
import { formatDuration, humanDuration, parseDuration } from "./duration.ts";

const second = 1e9;
const hour = 3600 * second;

describe("durations", () => {
  test.each([
    ["0", 0, "0s"],
    ["5s", 5 * second, "5s"],
    ["1h30m", 1.5 * hour, "1h30m0s"],
    ["1.5h", 1.5 * hour, "1h30m0s"],
    ["-1m", -60 * second, "-1m0s"],
    ["+3ms", 3e6, "3ms"],
    [".5s", 0.5 * second, "500ms"],
    ["1500ms", 1.5 * second, "1.5s"],
    ["2us", 2e3, "2\u00b5s"],
    ["2\u00b5s", 2e3, "2\u00b5s"],
    ["1001ns", 1001, "1.001\u00b5s"],
    ["7ns", 7, "7ns"],
    ["1s1ns", second + 1, "1.000000001s"],
    ["1h0.5s", hour + second / 2, "1h0m0.5s"],
  ])("%s", (text, nanoseconds, form) => {
    expect(parseDuration(text)).toBe(nanoseconds);
    expect(formatDuration(nanoseconds)).toBe(form);
  });

  test.each([
    ["", 'time: invalid duration ""'],
    ["-", 'time: invalid duration "-"'],
    ["foo", 'time: invalid duration "foo"'],
    [".s", 'time: invalid duration ".s"'],
    ["5", 'time: missing unit in duration "5"'],
    ["1d", 'time: unknown unit "d" in duration "1d"'],
    ["1h 5m", 'time: unknown unit "h " in duration "1h 5m"'],
    ["9999999h", 'time: invalid duration "9999999h"'],
  ])("%p is refused", (text, message) => {
    expect(() => parseDuration(text)).toThrow(message);
  });

  test.each([
    [0, "Less than a second"],
    [1_999, "1 second"],
    [59_000, "59 seconds"],
    [60_000, "About a minute"],
    [59 * 60_000, "59 minutes"],
    [60 * 60_000, "About an hour"],
    [89 * 60_000, "About an hour"],
    [90 * 60_000, "2 hours"],
    [48 * 3600e3, "2 days"],
    [14 * 24 * 3600e3, "2 weeks"],
    [60 * 24 * 3600e3, "2 months"],
    [2 * 365 * 24 * 3600e3, "2 years"],
  ])("%d ms in words", (milliseconds, words) => {
    expect(humanDuration(milliseconds)).toBe(words);
  });
});
