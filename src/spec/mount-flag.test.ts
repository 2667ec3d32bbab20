import { describe, expect, test } from "bun:test";
import { parseMountFlag } from "./mount-flag.ts";

const here = "/home/me";
const read = (text: string) => parseMountFlag(text, here);

describe("--mount", () => {
  // Requests of the docker command 28.5.
  test.each([
    ["target=/x", { Type: "volume", Target: "/x" }],
    ["TYPE=Volume,DST=/x", { Type: "volume", Target: "/x" }],
    ['type=volume,"dst=/x"', { Type: "volume", Target: "/x" }],
    ["source=v,destination=/x,readonly", { Type: "volume", Source: "v", Target: "/x", ReadOnly: true }],
    ["src=v,dst=/x,ro=0", { Type: "volume", Source: "v", Target: "/x", ReadOnly: false }],
    ["type=bind,src=.,dst=/x", { Type: "bind", Source: "/home/me", Target: "/x" }],
    ["type=bind,src=./a/../b,dst=/x", { Type: "bind", Source: "/home/me/b", Target: "/x" }],
    ["type=bind,src=rel,dst=/x", { Type: "bind", Source: "rel", Target: "/x" }],
    [
      "type=bind,src=/a,dst=/x,bind-propagation=RSHARED",
      { Type: "bind", Source: "/a", Target: "/x", BindOptions: { Propagation: "rshared" } },
    ],
    [
      "type=bind,src=/a,dst=/x,bind-recursive=disabled",
      { Type: "bind", Source: "/a", Target: "/x", BindOptions: { NonRecursive: true } },
    ],
    [
      "type=tmpfs,dst=/x,tmpfs-size=64m,tmpfs-mode=1777",
      { Type: "tmpfs", Target: "/x", TmpfsOptions: { SizeBytes: 67108864, Mode: 0o1777 } },
    ],
    [
      "dst=/x,volume-nocopy",
      { Type: "volume", Target: "/x", VolumeOptions: { NoCopy: true, DriverConfig: {} } },
    ],
    [
      "dst=/x,volume-label=a=b,volume-label=c,volume-driver=local,volume-opt=o=size=1m",
      {
        Type: "volume",
        Target: "/x",
        VolumeOptions: {
          Labels: { a: "b", c: "" },
          DriverConfig: { Name: "local", Options: { o: "size=1m" } },
        },
      },
    ],
    [
      "type=image,src=bb,dst=/x,image-subpath=bin",
      { Type: "image", Source: "bb", Target: "/x", ImageOptions: { Subpath: "bin" } },
    ],
  ])("%s", (text, mount) => {
    expect(read(text) as unknown).toEqual(mount);
  });

  test.each([
    ["", "EOF"],
    ["type=bind", "target is required"],
    ["type=volume,dst=", "target is required"],
    ["type=,dst=/x", "type is required"],
    ["dst=/x,src", "invalid field 'src' must be a key=value pair"],
    ["dst=/x,", "invalid field '' must be a key=value pair"],
    ["dst=/x, readonly", "invalid field ' readonly' must be a key=value pair"],
    ["foo=bar,target=/x", "unexpected key 'foo' in 'foo=bar'"],
    ["type=volume, src=v,dst=/x", "unexpected key ' src' in ' src=v'"],
    ["dst=/x,readonly=foo", "invalid value for readonly: foo"],
    ["dst=/x,readonly=", "invalid value for readonly: "],
    ["dst=/x,volume-nocopy=foo", "invalid value for volume-nocopy: foo"],
    ["type=tmpfs,dst=/x,tmpfs-size=foo", "invalid value for tmpfs-size: foo"],
    ["type=tmpfs,dst=/x,tmpfs-size=-1", "invalid value for tmpfs-size: -1"],
    ["type=tmpfs,dst=/x,tmpfs-mode=foo", "invalid value for tmpfs-mode: foo"],
    ["type=bind,src=/a,dst=/x,volume-nocopy", "cannot mix 'volume-*' options with mount type 'bind'"],
    ["dst=/x,bind-propagation=rshared", "cannot mix 'bind-*' options with mount type 'volume'"],
    ["dst=/x,tmpfs-size=1", "cannot mix 'tmpfs-*' options with mount type 'volume'"],
    [
      "type=bind,src=/a,dst=/x,bind-recursive=foo",
      'invalid value for bind-recursive: foo (must be "enabled", "disabled", "writable", or "readonly")',
    ],
    [
      "type=bind,src=/a,dst=/x,bind-recursive=writable",
      "option 'bind-recursive=writable' requires 'readonly' to be specified in conjunction",
    ],
    [
      "type=bind,src=/a,dst=/x,bind-recursive=readonly",
      "option 'bind-recursive=readonly' requires 'readonly' to be specified in conjunction",
    ],
    [
      "type=bind,src=/a,dst=/x,bind-recursive=readonly,readonly",
      "option 'bind-recursive=readonly' requires 'bind-propagation=rprivate' to be specified in conjunction",
    ],
    ['type=volume,"dst=/x', 'parse error on line 1, column 20: extraneous or missing " in quoted-field'],
    ['a"b', 'parse error on line 1, column 2: bare " in non-quoted field'],
    ['"a"b,c', 'parse error on line 1, column 3: extraneous or missing " in quoted-field'],
    ['é"', 'parse error on line 1, column 3: bare " in non-quoted field'],
  ])("%p is refused", (text, message) => {
    expect(() => read(text)).toThrow(message);
  });
});
