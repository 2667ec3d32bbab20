import { describe, expect, test } from "bun:test";
import { checkLogConfig, parseLogFileOptions } from "./log-opt.ts";

describe("log options", () => {
  test.each([
    ["json-file", { foo: "1" }, "unknown log opt 'foo' for json-file log driver"],
    ["local", { tag: "1" }, "unknown log opt 'tag' for log driver local"],
    ["foo", {}, 'error looking up logging plugin foo: plugin "foo" not found'],
    ["json-file", { foo: "1", mode: "x" }, "logger: logging mode not supported: x"],
    [
      "json-file",
      { "max-buffer-size": "1m" },
      "logger: max-buffer-size option is only supported with 'mode=non-blocking'",
    ],
    [
      "json-file",
      { mode: "non-blocking", "max-buffer-size": "x" },
      "error parsing option max-buffer-size: invalid size: 'x'",
    ],
    ["json-file", { "cache-disabled": "x" }, "invalid value for option cache-disabled: x"],
    ["syslog", { foo: "1" }, "unknown log opt 'foo' for syslog log driver"],
    ["syslog", { "syslog-address": "foo" }, "unsupported scheme: ''"],
    ["syslog", { "syslog-address": "http://a" }, "unsupported scheme: 'http'"],
    ["syslog", { "syslog-facility": "foo" }, "invalid syslog facility"],
    ["syslog", { "syslog-format": "foo" }, "Invalid syslog format"],
    ["syslog", { "cache-max-size": "x" }, "invalid value for max-size: x: invalid size: 'x'"],
    ["journald", { foo: "1" }, "unknown log opt 'foo' for journald log driver"],
    ["json-file", { tag: "{{.Foo}}" }, "can't evaluate .Foo"],
    ["json-file", { "env-regex": "(" }, "error parsing regexp"],
    ["splunk", {}, "log drivers are journald, json-file, local, none, syslog"],
  ])("%s %j is refused at create", (driver, options, message) => {
    expect(() => checkLogConfig(driver, options as Record<string, string>)).toThrow(message);
  });

  test("what dockerd takes passes", () => {
    checkLogConfig("json-file", { "max-size": "1m", "max-file": "3", tag: "a", labels: "b" });
    checkLogConfig("local", { mode: "non-blocking", compress: "false" });
    checkLogConfig("none", { foo: "bar" });
  });

  test.each([
    ["json-file", { "max-size": "x" }, "invalid size: 'x'"],
    ["json-file", { "max-size": "0" }, "max-size must be a positive number"],
    ["json-file", { "max-file": "x" }, 'strconv.Atoi: parsing "x": invalid syntax'],
    ["json-file", { "max-file": "0" }, "max-file cannot be less than 1"],
    ["json-file", { compress: "x" }, 'strconv.ParseBool: parsing "x": invalid syntax'],
    [
      "json-file",
      { compress: "true" },
      "compress cannot be true when max-file is less than 2 or max-size is not set",
    ],
    ["local", { "max-size": "x" }, "invalid value for max-size: x: invalid size: 'x'"],
    ["local", { "max-file": "1" }, "compression cannot be enabled when max file count is 1"],
  ])("%s %j is refused, though dockerd refuses it at start", (driver, options, message) => {
    expect(() => parseLogFileOptions(driver, options as Record<string, string>)).toThrow(message);
    expect(() => checkLogConfig(driver, options as Record<string, string>)).toThrow(message);
  });

  test("values", () => {
    expect(parseLogFileOptions("json-file", {})).toEqual({ maxFiles: 1, compress: false });
    expect(parseLogFileOptions("local", {})).toEqual({
      maxSizeBytes: 20 * 1024 ** 2,
      maxFiles: 5,
      compress: true,
    });
    expect(parseLogFileOptions("json-file", { "max-size": "10m", "max-file": "3" })).toEqual({
      maxSizeBytes: 10 * 1024 ** 2,
      maxFiles: 3,
      compress: false,
    });
  });
});
