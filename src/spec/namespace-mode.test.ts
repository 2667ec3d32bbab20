import { describe, expect, test } from "bun:test";
import {
  checkNamespaceFlag,
  parseCgroupnsMode,
  parseIpcMode,
  parseNetworkMode,
  parsePidMode,
  parseUsernsMode,
  parseUtsMode,
} from "./namespace-mode.ts";

describe("namespace modes", () => {
  test("network", () => {
    expect(parseNetworkMode("")).toEqual({ kind: "network", network: "bridge" });
    expect(parseNetworkMode("default")).toEqual({ kind: "network", network: "bridge" });
    expect(parseNetworkMode("mine")).toEqual({ kind: "network", network: "mine" });
    expect(parseNetworkMode("host")).toEqual({ kind: "host" });
    expect(parseNetworkMode("none")).toEqual({ kind: "none" });
    expect(parseNetworkMode("container:a:b")).toEqual({ kind: "container", container: "a:b" });
    expect(() => parseNetworkMode("container:")).toThrow(
      "invalid network mode: invalid container format container:<name|id>",
    );
  });

  test("pid", () => {
    expect(parsePidMode("")).toEqual({ kind: "private" });
    expect(parsePidMode("host")).toEqual({ kind: "host" });
    expect(parsePidMode("container:c")).toEqual({ kind: "container", container: "c" });
    for (const text of ["foo", "container", "container:"]) {
      expect(() => parsePidMode(text)).toThrow(`invalid PID mode: ${text}`);
    }
  });

  test("ipc", () => {
    for (const kind of ["none", "private", "shareable", "host"] as const) {
      expect(parseIpcMode(kind)).toEqual({ kind });
    }
    expect(parseIpcMode("container:")).toEqual({ kind: "container", container: "" });
    expect(() => parseIpcMode("foo")).toThrow("invalid IPC mode: foo");
  });

  test("uts, user and cgroup", () => {
    expect(parseUtsMode("host")).toEqual({ kind: "host" });
    expect(() => parseUtsMode("container:x")).toThrow("invalid UTS mode: container:x");
    expect(parseUsernsMode("foo")).toEqual({ kind: "private" });
    expect(parseCgroupnsMode("")).toBeUndefined();
    expect(parseCgroupnsMode("host")).toEqual({ kind: "host" });
    expect(() => parseCgroupnsMode("foo")).toThrow("invalid cgroup namespace mode: foo");
  });

  test("the command's own words", () => {
    checkNamespaceFlag("pid", "container:c");
    checkNamespaceFlag("cgroupns", "private");
    expect(() => checkNamespaceFlag("pid", "container:")).toThrow("--pid: invalid PID mode");
    expect(() => checkNamespaceFlag("uts", "private")).toThrow("--uts: invalid UTS mode");
    expect(() => checkNamespaceFlag("userns", "foo")).toThrow("--userns: invalid USER mode");
    expect(() => checkNamespaceFlag("cgroupns", "foo")).toThrow("--cgroupns: invalid CGROUP mode");
  });
});
