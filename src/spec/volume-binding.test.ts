import { describe, expect, test } from "bun:test";
import { parseBinding, parseVolumesFrom } from "./volume-binding.ts";

const config = (type: string) => `invalid mount config for type "${type}": `;

describe("HostConfig.Binds", () => {
  test.each([
    ["/a:/b", { Type: "bind", Source: "/a", Target: "/b" }],
    ["/a:/b:ro", { Type: "bind", Source: "/a", Target: "/b", ReadOnly: true }],
    ["/a:/b:rw,z", { Type: "bind", Source: "/a", Target: "/b" }],
    [
      "/a:/b:rslave,ro",
      {
        Type: "bind",
        Source: "/a",
        Target: "/b",
        ReadOnly: true,
        BindOptions: { Propagation: "rslave" },
      },
    ],
    ["name:/b:", { Type: "volume", Source: "name", Target: "/b" }],
    ["name:/b:nocopy", { Type: "volume", Source: "name", Target: "/b", VolumeOptions: { NoCopy: true } }],
    ["/b", { Type: "volume", Target: "/b" }],
  ])("%s", (text, mount) => {
    expect(parseBinding(text).mount as unknown).toEqual(mount);
  });

  test("the volume driver of the container is for volumes alone", () => {
    expect(parseBinding("name:/b", "foo").mount.VolumeOptions).toEqual({ DriverConfig: { Name: "foo" } });
    expect(parseBinding("/a:/b", "foo").mount.VolumeOptions).toBeUndefined();
  });

  // Messages of dockerd 28.5.
  test.each([
    ["", "invalid volume specification: ''"],
    [":/x", "invalid volume specification: ':/x'"],
    ["name:", "invalid volume specification: 'name:'"],
    ["/v:ro", "invalid volume specification: '/v:ro'"],
    ["a:b:c:d", "invalid volume specification: 'a:b:c:d'"],
    ["/a:/b:foo", "invalid mode: foo"],
    ["/a:/b:,", "invalid mode: ,"],
    ["/a:/b:ro,rw", "invalid mode: ro,rw"],
    ["/a:/b:ro,ro", "invalid mode: ro,ro"],
    ["/a:/b:shared,private", "invalid mode: shared,private"],
    ["/a:/b:consistent,delegated", "invalid mode: consistent,delegated"],
    [
      "/a:b",
      `invalid volume specification: '/a:b': ${config("bind")}invalid mount path: 'b' mount path must be absolute`,
    ],
    [
      "/a:/",
      `invalid volume specification: '/a:/': ${config("bind")}invalid specification: destination can't be '/'`,
    ],
    [
      "name:/./",
      `invalid volume specification: 'name:/./': ${config("volume")}invalid specification: destination can't be '/'`,
    ],
    [
      "/a:/b:nocopy",
      `invalid volume specification: '/a:/b:nocopy': ${config("bind")}field VolumeOptions must not be specified`,
    ],
    [
      "a:/b:rshared",
      `invalid volume specification: 'a:/b:rshared': ${config("volume")}field BindOptions must not be specified`,
    ],
  ])("%p is refused", (text, message) => {
    expect(() => parseBinding(text)).toThrow(message);
  });
});

describe("VolumesFrom", () => {
  test("container and mode", () => {
    expect(parseVolumesFrom("c")).toEqual({ container: "c", readOnly: false });
    expect(parseVolumesFrom("c:ro")).toEqual({ container: "c", readOnly: true });
    expect(parseVolumesFrom("c:rw,z")).toEqual({ container: "c", readOnly: false });
  });

  test.each([
    ["", "volumes-from specification cannot be an empty string"],
    ["c:foo", "invalid mode: foo"],
    ["c:rshared", "invalid mode: rshared"],
    ["c:nocopy", "invalid mode: nocopy"],
  ])("%p is refused", (text, message) => {
    expect(() => parseVolumesFrom(text)).toThrow(message);
  });
});
