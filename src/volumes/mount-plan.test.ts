import { describe, expect, test } from "bun:test";
import { EngineError } from "../base/errors.ts";
import type { HostConfig } from "../spec/api/container.ts";
import { inMountOrder, type MountPlan, type PlannedMount, planMounts } from "./mount-plan.ts";
import { toMountPoint } from "./mount-point.ts";

const others = new Map<string, readonly PlannedMount[]>();
let made = 0;
const context = {
  mountsOf(container: string) {
    const mounts = others.get(container);
    if (mounts === undefined) throw new EngineError("not-found", `No such container: ${container}`);
    return mounts;
  },
  sourceExists: (path: string) => path !== "/nope",
  dataRoot: "/var/lib/gantry",
  newVolumeName: () => `made${++made}`,
};
const plan = (hostConfig: HostConfig, volumes: string[] = []): MountPlan => {
  made = 0;
  return planMounts({ hostConfig, volumes }, context);
};
const data = (mount: PlannedMount) =>
  mount.type === "volume" ? `/var/lib/gantry/volumes/${mount.volume?.name}/_data` : "";
const shown = (result: MountPlan) => result.points.map((mount) => toMountPoint(mount, data(mount)));

const short = (result: MountPlan) =>
  result.points
    .map((mount) => `${mount.type} ${mount.destination} ${mount.mode}${mount.readOnly ? "ro" : "rw"}`)
    .sort();
const bindOf = (hostConfig: HostConfig) => plan(hostConfig).points[0]?.bind;

const volume = (Name: string, Destination: string, Mode = "", RW = true) => ({
  Type: "volume",
  Name,
  Source: `/var/lib/gantry/volumes/${Name}/_data`,
  Destination,
  Driver: "local",
  Mode,
  RW,
  Propagation: "",
});
const bind = (Source: string, Destination: string, Mode = "", RW = true, Propagation = "rprivate") => ({
  Type: "bind",
  Source,
  Destination,
  Mode,
  RW,
  Propagation,
});
const tmpfs = (Destination: string, RW = true) => ({
  Type: "tmpfs",
  Source: "",
  Destination,
  Mode: "",
  RW,
  Propagation: "",
});

describe("inspect", () => {
  // The JSON of dockerd 28.5 for the same requests (with its own data root).
  test.each([
    [{ Binds: ["/a:/b"] }, [bind("/a", "/b")]],
    [{ Binds: ["/a/../c://b//d"] }, [bind("/c", "/b/d")]],
    [{ Binds: ["/a:/b:Z,ro"] }, [bind("/a", "/b", "Z,ro", false)]],
    [{ Binds: ["/a:/b:rshared"] }, [bind("/a", "/b", "rshared", true, "rshared")]],
    [{ Binds: ["/:/b"] }, [bind("/", "/b", "", true, "rslave")]],
    [{ Binds: ["/var/lib/gantry/volumes:/b"] }, [bind("/var/lib/gantry/volumes", "/b", "", true, "rslave")]],
    [{ Binds: ["/var/lib/gantryx:/b:rprivate"] }, [bind("/var/lib/gantryx", "/b", "rprivate")]],
    [{ Binds: ["name:/b/"] }, [volume("name", "/b", "z")]],
    [{ Binds: ["name:/b:ro"] }, [volume("name", "/b", "ro", false)]],
    [{ Mounts: [{ Type: "volume", Target: "/x" }] }, [volume("made1", "/x", "z")]],
    [
      { Mounts: [{ Type: "volume", Source: "name", Target: "/x", ReadOnly: true }] },
      [volume("name", "/x", "z", false)],
    ],
    [{ Mounts: [{ Type: "tmpfs", Target: "/x", ReadOnly: true }] }, [tmpfs("/x", false)]],
    [
      {
        Mounts: [{ Type: "bind", Source: "/tmp", Target: "/x/../y", BindOptions: { Propagation: "rslave" } }],
      },
      [bind("/tmp", "/y", "", true, "rslave")],
    ],
    [
      { Mounts: [{ Type: "image", Source: "bb", Target: "/x" }] },
      [
        {
          Type: "image",
          Name: "bb",
          Source: "",
          Destination: "/x",
          Mode: "",
          RW: false,
          Propagation: "rprivate",
        },
      ],
    ],
    [{ Tmpfs: { "/x": "size=1m" } }, []],
  ] as [HostConfig, object[]][])("%j", (hostConfig, expected) => {
    expect(shown(plan(hostConfig)) as object[]).toEqual(expected);
  });

  test("the image's volumes give way to what is declared", () => {
    expect(shown(plan({ Binds: ["/tmp:/x"] }, ["/x/", "/y/../z"])) as object[]).toEqual([
      bind("/tmp", "/x"),
      volume("made2", "/z"),
    ]);
    expect(shown(plan({ Tmpfs: { "/x": "" } }, ["/x"]))).toEqual([]);
  });
});

describe("what dockerd refuses", () => {
  test.each([
    [{ Binds: ["/tmp:/x", "/tmp:/x/"] }, "Duplicate mount point: /x"],
    [{ Binds: ["/tmp:/x"], Tmpfs: { "/x": "" } }, "Duplicate mount point: /x"],
    [{ Binds: ["/tmp:/x"], Mounts: [{ Type: "tmpfs", Target: "/x" }] }, "Duplicate mount point: /x"],
    [
      {
        Mounts: [
          { Type: "tmpfs", Target: "/x" },
          { Type: "tmpfs", Target: "/x/" },
        ],
      },
      "Duplicate mount point: /x/",
    ],
    [
      { Mounts: [{ Type: "bind", Source: "/nope", Target: "/x" }], Binds: ["/a:/b:foo"] },
      'invalid mount config for type "bind": bind source path does not exist: /nope',
    ],
    [
      { Tmpfs: { x: "" }, Mounts: [{ Type: "volume", BindOptions: {}, Target: "/x" }] },
      'BindOptions must not be specified on mount type "volume"',
    ],
    [{ Tmpfs: { x: "" } }, "invalid mount path: 'x' mount path must be absolute"],
    [{ Tmpfs: { "/": "" } }, "invalid specification: destination can't be '/'"],
    [{ VolumesFrom: ["nope"], Binds: ["/a:/b:foo"] }, "No such container: nope"],
    [{ Binds: ["/a:/b:foo"] }, "invalid mode: foo"],
    [
      { Binds: ["/var:/x:private"] },
      'invalid mount config: must use either propagation mode "rslave" or "rshared" when mount source is within the daemon root, daemon root: "/var/lib/gantry", bind mount source: "/var", propagation: "private"',
    ],
  ] as [HostConfig, string][])("%j", (hostConfig, message) => {
    expect(() => plan(hostConfig)).toThrow(message);
  });

  test("a volume over the root", () => {
    expect(() => plan({}, ["/"])).toThrow("invalid specification: destination can't be '/'");
  });
});

describe("--volumes-from", () => {
  test("inherits, read-only on demand, and yields to what is declared", () => {
    others.set(
      "src",
      plan(
        {
          Binds: ["name:/n", "name2:/n2:ro", "/tmp:/b:ro,z"],
          Mounts: [{ Type: "tmpfs", Target: "/t", TmpfsOptions: { SizeBytes: 1024 } }],
        },
        ["/anon"],
      ).points,
    );
    expect(short(plan({ VolumesFrom: ["src"] }))).toEqual([
      "bind /b ro",
      "tmpfs /t rw",
      "volume /anon rw",
      "volume /n rw",
      "volume /n2 ro",
    ]);
    expect(short(plan({ VolumesFrom: ["src", "src:ro"] })).every((line) => line.endsWith("ro"))).toBeTrue();
    expect(short(plan({ VolumesFrom: ["src"], Binds: ["/tmp:/n"] }, ["/anon"]))).toContain("bind /n rw");
    const points = plan({ VolumesFrom: ["src"] }).points;
    expect(points.some((mount) => mount.volume?.copyUp)).toBeFalse();
    expect(points.find((mount) => mount.destination === "/anon")?.volume?.anonymous).toBeTrue();
  });
});

describe("details for start", () => {
  test("volumes", () => {
    const [named, anonymous] = plan(
      {
        VolumeDriver: "foo",
        Binds: ["name:/a:nocopy"],
      },
      ["/b"],
    ).points;
    expect(named?.volume).toMatchObject({ name: "name", anonymous: false, driver: "foo", copyUp: false });
    expect(anonymous?.volume).toMatchObject({ name: "made1", anonymous: true, driver: "foo", copyUp: true });
  });

  test("binds", () => {
    const mount = { Type: "bind", Source: "/a", Target: "/x", ReadOnly: true } as const;
    expect(bindOf({ Binds: ["/nope:/b"] })).toEqual({
      createSource: true,
      nonRecursive: false,
      readOnlyBelow: "if-possible",
    });
    expect(bindOf({ Mounts: [mount] })?.createSource).toBeFalse();
    expect(
      bindOf({ Mounts: [{ ...mount, Source: "/nope", BindOptions: { CreateMountpoint: true } }] })
        ?.createSource,
    ).toBeTrue();
    expect(bindOf({ Mounts: [{ ...mount, BindOptions: { ReadOnlyForceRecursive: true } }] })).toMatchObject({
      readOnlyBelow: "always",
    });
    expect(bindOf({ Mounts: [{ ...mount, BindOptions: { ReadOnlyNonRecursive: true } }] })).toMatchObject({
      readOnlyBelow: "never",
    });
  });

  test("parents are mounted before what lies in them, and a tmpfs after what shares its place", () => {
    const result = plan({
      Binds: ["/tmp:/a/b/c", "/tmp:/a", "/tmp:/d"],
      Mounts: [{ Type: "volume", Target: "/t" }],
      Tmpfs: { "/a/b": "ro", "/t": "" },
    });
    expect(inMountOrder(result).map((mount) => `${mount.type} ${mount.destination}`)).toEqual([
      "bind /a",
      "bind /d",
      "volume /t",
      "tmpfs /t",
      "tmpfs /a/b",
      "bind /a/b/c",
    ]);
    expect(result.points.map((mount) => mount.destination)).toContain("/t");
  });
});
