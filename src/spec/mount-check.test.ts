import { describe, expect, test } from "bun:test";
import type { Mount } from "./api/container.ts";
import { checkForeignOptions, checkMount, clean } from "./mount-check.ts";
import { tmpfsOptions, tmpfsOptionsOfMount } from "./tmpfs.ts";

const refused = (mount: Mount, message: string) => expect(() => checkForeignOptions(mount)).toThrow(message);

const volumeSubpath = (Subpath: string): Mount => ({
  Type: "volume",
  Source: "v",
  Target: "/x",
  VolumeOptions: { Subpath },
});

describe("HostConfig.Mounts", () => {
  test("good ones pass", () => {
    checkMount({ Type: "bind", Source: "/tmp", Target: "/x" });
    checkMount({ Type: "volume", Target: "/x" });
    checkMount(volumeSubpath("a/../b"));
    checkMount({ Type: "tmpfs", Target: "/x", ReadOnly: true });
    checkMount({ Type: "image", Source: "bb", Target: "/x" });
  });

  // Messages of dockerd 28.5.
  const cases: [Mount, string][] = [
    [{ Type: "bind", Source: "/tmp" }, 'type "bind": field Target must not be empty'],
    [{}, 'type "": field Target must not be empty'],
    [{ Target: "/x" }, 'type "": mount type unknown'],
    [{ Type: "npipe", Source: "a", Target: "/x" }, 'type "npipe": mount type unknown'],
    [
      { Type: "bind", Source: "x", Target: "/" },
      "type \"bind\": invalid specification: destination can't be '/'",
    ],
    [{ Type: "bind", Target: "x" }, "type \"bind\": invalid mount path: 'x' mount path must be absolute"],
    [{ Type: "bind", Target: "/x" }, 'type "bind": field Source must not be empty'],
    [
      { Type: "bind", Source: "rel", Target: "/x" },
      "type \"bind\": invalid mount path: 'rel' mount path must be absolute",
    ],
    [
      { Type: "bind", Source: "/tmp", Target: "/x", ImageOptions: {} },
      'type "bind": field ImageOptions must not be specified',
    ],
    [
      { Type: "volume", Target: "/x", ReadOnly: true },
      'type "volume": must not set ReadOnly mode when using anonymous volumes',
    ],
    [
      { Type: "volume", Target: "/x", VolumeOptions: { Subpath: "../b" } },
      'type "volume": must not set Subpath when using anonymous volumes',
    ],
    [volumeSubpath("/a"), 'type "volume": subpath must be a relative path within the volume'],
    [volumeSubpath("a/../../b"), 'type "volume": subpath must be a relative path within the volume'],
    [{ Type: "tmpfs", Source: "/a", Target: "/x" }, 'type "tmpfs": field Source must not be specified'],
    [
      { Type: "tmpfs", Target: "/x", TmpfsOptions: { Options: [["noexec"], ["foo"]] } },
      'type "tmpfs": invalid option: foo',
    ],
    [
      { Type: "tmpfs", Target: "/x", TmpfsOptions: { Options: [["a", "b", "c"]] } },
      'type "tmpfs": invalid option array length',
    ],
    [{ Type: "image", Target: "/x" }, 'type "image": field Source must not be empty'],
  ];
  test.each(cases)("%j is refused", (mount, message) => {
    expect(() => checkMount(mount)).toThrow(`invalid mount config for ${message}`);
  });

  test("a propagation that is none", () => {
    const mount = {
      Type: "bind",
      Source: "/a",
      Target: "/x",
      BindOptions: { Propagation: "foo" },
    } as unknown as Mount;
    expect(() => checkMount(mount)).toThrow('type "bind": invalid propagation mode: foo');
  });

  test("options of another type", () => {
    refused({ Type: "volume", BindOptions: {} }, 'BindOptions must not be specified on mount type "volume"');
    refused(
      { Type: "bind", VolumeOptions: {}, TmpfsOptions: {} },
      'VolumeOptions must not be specified on mount type "bind"',
    );
    refused({ Type: "image", TmpfsOptions: {} }, 'TmpfsOptions must not be specified on mount type "image"');
    expect(() => checkForeignOptions({ Type: "bind", BindOptions: {} })).not.toThrow();
  });

  test("paths are cleaned", () => {
    expect(clean("//b//d/")).toBe("/b/d");
    expect(clean("/b/../..")).toBe("/");
    expect(clean("")).toBe(".");
  });
});

describe("tmpfs options", () => {
  test.each([
    ["", "noexec,nosuid,nodev"],
    ["exec", "nosuid,nodev,exec"],
    ["exec,noexec", "nosuid,nodev,noexec"],
    ["size=1m,size=2m,mode=700", "noexec,nosuid,nodev,size=2m,mode=700"],
    ["ro,rw,noatime,defaults", "noexec,nosuid,nodev,rw,noatime"],
    ["private,rshared", "noexec,nosuid,nodev,rshared"],
  ])("%p", (text, options) => {
    expect(tmpfsOptions(text).join()).toBe(options);
  });

  test.each([
    ["foo", 'invalid tmpfs option "foo"'],
    ["a=b", 'invalid tmpfs option "a"'],
    ["size", 'invalid tmpfs option "size"'],
    [",", 'invalid tmpfs option ""'],
    ["bind", 'invalid tmpfs option "bind"'],
  ])("%p is refused", (text, message) => {
    expect(() => tmpfsOptions(text)).toThrow(message);
  });

  test("from --mount", () => {
    expect(tmpfsOptionsOfMount({ SizeBytes: 64 * 1024 ** 2, Mode: 0o700 }, true)).toBe(
      "ro,mode=700,size=64m",
    );
    expect(tmpfsOptionsOfMount({ SizeBytes: 1025 }, false)).toBe("size=1025");
    expect(tmpfsOptionsOfMount(undefined, false)).toBe("");
  });
});
