import { describe, expect, test } from "bun:test";
import { formatTimestamp, parseApiTimestamp, toApiTimestamp } from "./timestamp.ts";

const now = new Date("2026-11-22T12:59:00.700Z");
const nowSeconds = Math.floor(now.getTime() / 1000);

describe("--since and --until", () => {
  // Left: what a person writes; right: what the docker command 28.5 sends for it.
  test.each([
    ["0", "0"],
    ["5", "5"],
    ["+5", "+5"],
    ["1.5", "1.5"],
    ["2020", "2020"],
    ["1h", String(nowSeconds - 3600)],
    ["10s", String(nowSeconds - 10)],
    ["-1h", String(nowSeconds + 3600)],
    ["2020-01-01Z", "1577836800.000000000"],
    ["2020-01-01+01:00", "1577833200.000000000"],
    ["2020-01-01T00Z", "1577836800.000000000"],
    ["2020-01-01T00:00:00Z", "1577836800.000000000"],
    ["2020-01-01T00:00:00+01:00", "1577833200.000000000"],
    ["2020-01-01T00:00:00-01:00", "1577840400.000000000"],
    ["2020-01-01T00:00:00.5Z", "1577836800.500000000"],
    ["2020-01-01T00:00:00.123456789123Z", "1577836800.123456789"],
  ])("%s", (text, sent) => {
    expect(toApiTimestamp(text, now)).toBe(sent);
  });

  test("without zone they are local", () => {
    for (const text of ["2020-01-01", "2020-01-01T00", "2020-01-01T00:00", "2020-01-01T00:00:00"]) {
      const local = new Date(2020, 0, 1).getTime() / 1000;
      expect(toApiTimestamp(text, now)).toBe(`${local}.000000000`);
    }
  });

  test.each([
    ["foo", 'failed to parse value as time or duration: "foo"'],
    ["1e3", 'failed to parse value as time or duration: "1e3"'],
    ["1d", 'failed to parse value as time or duration: "1d"'],
    ["1.2.3", 'failed to parse value as time or duration: "1.2.3"'],
    ["-5", 'parsing time "-5" as "2006-01-02": cannot parse "-5" as "2006"'],
    ["12-x", 'parsing time "12-x" as "2006-01-02": cannot parse "12-x" as "2006"'],
    ["1.-5", 'parsing time "1.-5" as "2006-01-02T15:04:05.999999999": cannot parse "1.-5" as "2006"'],
    ["2020-1-1", 'parsing time "2020-1-1" as "2006-01-02": cannot parse "1-1" as "01"'],
    ["2020-13-01", 'parsing time "2020-13-01": month out of range'],
    ["2020-02-30", 'parsing time "2020-02-30": day out of range'],
    ["2020-01-01T25:00", 'parsing time "2020-01-01T25:00": hour out of range'],
    ["2020-01-01T00:61", 'parsing time "2020-01-01T00:61": minute out of range'],
    ["2020-01-01x", 'parsing time "2020-01-01x": extra text: "x"'],
    ["2020-01-01 00:00:00", 'parsing time "2020-01-01 00:00:00": extra text: " 00:00:00"'],
  ])("%s is refused", (text, message) => {
    expect(() => toApiTimestamp(text, now)).toThrow(message);
  });

  test("the API's form", () => {
    expect(parseApiTimestamp("5")).toEqual({ seconds: 5, nanoseconds: 0 });
    expect(parseApiTimestamp("1577836800.000000001")).toEqual({ seconds: 1577836800, nanoseconds: 1 });
    expect(parseApiTimestamp("1.5")).toEqual({ seconds: 1, nanoseconds: 500_000_000 });
    expect(formatTimestamp({ seconds: 1, nanoseconds: 5 })).toBe("1.000000005");
    expect(() => parseApiTimestamp("a")).toThrow('strconv.ParseInt: parsing "a": invalid syntax');
    expect(() => parseApiTimestamp("1.2.3")).toThrow('strconv.ParseInt: parsing "2.3": invalid syntax');
  });
});
