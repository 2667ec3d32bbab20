import { describe, expect, test } from "bun:test";
import {
  checkDeviceRule,
  isCdiDevice,
  parseByteRate,
  parseDevice,
  parseDeviceRule,
  parseOperationRate,
  parseWeightDevice,
} from "./device.ts";

describe("--device", () => {
  test.each([
    ["/dev/null", ["/dev/null", "/dev/null", "rwm"]],
    ["/dev/null:/dev/x", ["/dev/null", "/dev/x", "rwm"]],
    ["/dev/null:/dev/x:r", ["/dev/null", "/dev/x", "r"]],
    ["/dev/null:rw", ["/dev/null", "/dev/null", "rw"]],
  ])("%s", (text, [PathOnHost, PathInContainer, CgroupPermissions]) => {
    expect(parseDevice(text) as unknown).toEqual({ PathOnHost, PathInContainer, CgroupPermissions });
  });

  test.each([
    ["", "bad format for path: "],
    ["null", "null is not an absolute path"],
    ["/dev/null:rwmx", "rwmx is not an absolute path"],
    ["/dev/null:rr", "rr is not an absolute path"],
    ["/dev/null:/dev/x:foo", "bad mode specified: foo"],
    ["/dev/null:/dev/x:rwm:a", "bad format for path: /dev/null:/dev/x:rwm:a"],
  ])("%p is refused", (text, message) => {
    expect(() => parseDevice(text)).toThrow(message);
  });

  test("CDI names are not paths", () => {
    expect(isCdiDevice("vendor.com/class=dev")).toBeTrue();
    expect(isCdiDevice("/dev/null")).toBeFalse();
  });
});

test("--device-cgroup-rule", () => {
  expect(parseDeviceRule("c 1:3 rwm")).toEqual({ type: "c", major: 1, minor: 3, access: "rwm" });
  expect(parseDeviceRule("a *:* r")).toEqual({ type: "a", major: undefined, minor: undefined, access: "r" });
  for (const text of ["", "x 1:3 rwm", "c 1:3", "c 1:3 z"]) {
    expect(() => checkDeviceRule(text)).toThrow(`invalid device cgroup format '${text}'`);
  }
});

test("block I/O flags", () => {
  expect(parseByteRate("/dev/sda:1mb")).toEqual({ Path: "/dev/sda", Rate: 1048576 });
  expect(parseOperationRate("/dev/sda:10")).toEqual({ Path: "/dev/sda", Rate: 10 });
  expect(parseWeightDevice("/dev/sda:100")).toEqual({ Path: "/dev/sda", Weight: 100 });
  for (const parse of [parseByteRate, parseOperationRate, parseWeightDevice]) {
    expect(() => parse("/dev/null")).toThrow("bad format: /dev/null");
    expect(() => parse("foo:1")).toThrow("bad format for device path: foo:1");
  }
  expect(() => parseWeightDevice("/dev/null:9")).toThrow("invalid weight for device: /dev/null:9");
  expect(() => parseOperationRate("/dev/null:1mb")).toThrow(
    "invalid rate for device: /dev/null:1mb. The correct format is <device-path>:<number>. Number must be a positive integer",
  );
  expect(() => parseByteRate("/dev/null:1:2")).toThrow(
    "invalid rate for device: /dev/null:1:2. The correct format is <device-path>:<number>[<unit>]. Number must be a positive integer. Unit is optional and can be kb, mb, or gb",
  );
});
