import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Log } from "../base/log.ts";
import { EventLog } from "../events/event-log.ts";
import { listMounts, unmount } from "../linux/mount.ts";
import { getXattr, setXattr } from "../linux/xattr.ts";
import { Database } from "../store/db/database.ts";
import { createVolumeService } from "./engine-volumes.ts";
import type { VolumeService } from "./volume-service.ts";

const work = realpathSync(mkdtempSync(join(tmpdir(), "gantry-volumes-")));
const root = join(work, "volumes");
const rootfs = join(work, "rootfs");
let db: Database;
let events: EventLog;
let volumes: VolumeService;

function open(): VolumeService {
  db = new Database(join(work, "test.db"));
  events = new EventLog();
  return createVolumeService({ db, root, events, log: new Log("error") });
}

/** As after a restart of the engine. */
async function restart(containers: string[]): Promise<void> {
  db[Symbol.dispose]();
  volumes = open();
  await volumes.reconcile(new Set(containers));
}

const mountsBelow = (path: string) => listMounts().filter(({ target }) => target.startsWith(path));
const published = () =>
  events.past().map(({ Action, Actor }) => `${Action} ${Actor?.ID} ${JSON.stringify(Actor?.Attributes)}`);
const data = (name: string) => join(root, name, "_data");
const names = () => (volumes.list({}).Volumes ?? []).map(({ Name = "" }) => Name);
const tmpfs = { type: "tmpfs", device: "tmpfs", o: "size=1m,uid=5" };

const told = (destination: string, write: string) =>
  `mount one {"container":"c1","destination":"${destination}","driver":"local","propagation":"","read/write":"${write}"}`;
const point = (subpath: string) => ({ destination: "/x", readOnly: false, subpath });

/** That `work` fails, with `expected` as its message or as some of its error's fields. */
async function refused(work: Promise<unknown>, expected: string | { kind: string; message: string }) {
  const outcome: unknown = await work.then(
    () => "it did not fail",
    (error: unknown) => error,
  );
  if (typeof expected !== "string") return expect(outcome as object).toMatchObject(expected);
  expect((outcome as Error).message).toContain(expected);
}

function removeAll(): void {
  for (const { target } of mountsBelow(work).reverse()) unmount(target);
  for (const entry of existsSync(work) ? readdirSync(work) : []) {
    rmSync(join(work, entry), { recursive: true, force: true });
  }
}

beforeEach(() => {
  removeAll();
  mkdirSync(rootfs);
  volumes = open();
});
afterEach(() => {
  db[Symbol.dispose]();
  removeAll();
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

describe("create", () => {
  // Answers and messages of dockerd 28.5.
  test("answers what inspect answers", async () => {
    const made = await volumes.create({ Name: "one" });
    expect(made).toEqual({
      CreatedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
      Driver: "local",
      Labels: null,
      Mountpoint: data("one"),
      Name: "one",
      Options: null,
      Scope: "local",
    });
    expect(volumes.get("one")).toEqual(made);
    expect(statSync(data("one")).mode & 0o777).toBe(0o755);
    expect(statSync(join(root, "one")).mode & 0o777).toBe(0o701);
    expect(published()).toEqual(['create one {"driver":"local"}']);
  });

  test("keeps labels and options as they came", async () => {
    const made = await volumes.create({ Name: "two", Labels: { a: "b" }, DriverOpts: {}, Driver: "local" });
    expect([made.Labels, made.Options]).toEqual([{ a: "b" }, {}]);
  });

  test("an existing volume is answered as it is", async () => {
    const made = await volumes.create({ Name: "one", Labels: { a: "b" } });
    expect(await volumes.create({ Name: "one", Labels: { c: "d" }, DriverOpts: tmpfs })).toEqual(made);
    expect(published()).toHaveLength(1);
  });

  test("without a name it is anonymous", async () => {
    const { Name, Labels } = await volumes.create({ Labels: { a: "b" } });
    expect(Name).toMatch(/^[0-9a-f]{64}$/);
    expect(Labels).toEqual({ a: "b", "com.docker.volume.anonymous": "" });
  });

  test.each([
    ["a", "volume name is too short, names should be at least two alphanumeric characters"],
    ...["-ab", "a b", "/tmp", "..", "../x", "é", "volumes-é"].map((name) => [
      name,
      `"${name}" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path`,
    ]),
  ])("a name like %s is refused", async (name, problem) => {
    await refused(volumes.create({ Name: name }), `create ${name}: ${problem}`);
    expect(names()).toEqual([]);
  });

  test.each([
    [{ foo: "x" }, 'create bad: invalid option: "foo"'],
    [{ size: "10m" }, "create bad: quota size requested but no quota support"],
    [{ type: "tmpfs" }, 'create bad: missing required option: "device"'],
    [{ o: "bind" }, 'create bad: missing required option: "device"'],
    [{ device: "/tmp" }, 'create bad: missing required option: "type"'],
  ])("options like %j are refused", async (DriverOpts, message) => {
    await refused(volumes.create({ Name: "bad", DriverOpts }), message);
    expect(existsSync(join(root, "bad"))).toBeFalse();
  });

  test("another driver is not there", async () => {
    await refused(volumes.create({ Name: "one", Driver: "foo" }), {
      kind: "not-found",
      message: 'create one: error looking up volume plugin foo: plugin "foo" not found',
    });
  });

  test("many at once of one name are one", async () => {
    await Promise.all(Array.from({ length: 20 }, async () => await volumes.create({ Name: "one" })));
    expect(names()).toEqual(["one"]);
    expect(published()).toHaveLength(1);
  });

  test("a directory that was there keeps its content", async () => {
    mkdirSync(data("old"), { recursive: true });
    writeFileSync(join(data("old"), "f"), "x");
    await volumes.create({ Name: "old" });
    expect(readdirSync(data("old"))).toEqual(["f"]);
  });
});

describe("list", () => {
  beforeEach(async () => {
    await volumes.create({ Name: "vol-a", Labels: { k: "v", x: "" } });
    await volumes.create({ Name: "vol-ab" });
    await volumes.acquire("vol-ab", "c1");
  });

  test.each([
    [{}, ["vol-a", "vol-ab"]],
    [{ name: ["vol-a$"] }, ["vol-a"]],
    [{ name: ["("] }, []],
    [{ label: ["k=v", "x"] }, ["vol-a"]],
    [{ label: ["k=w"] }, []],
    [{ dangling: ["true"] }, ["vol-a"]],
    [{ dangling: ["0"] }, ["vol-ab"]],
    [{ driver: ["local"], name: ["b"] }, ["vol-ab"]],
    [{ driver: ["nope"] }, []],
  ])("%j", (filters, expected) => {
    const found = volumes.list(filters);
    expect(found.Volumes?.map(({ Name = "" }) => Name)).toEqual(expected);
    expect(found.Warnings).toBeNull();
  });

  test("unknown filters are refused", () => {
    expect(() => volumes.list({ foo: ["x"] })).toThrow("invalid filter 'foo'");
    expect(() => volumes.list({ dangling: ["x"] })).toThrow("invalid filter 'dangling=[x]'");
  });
});

describe("remove", () => {
  test("takes the volume and what it holds", async () => {
    await volumes.create({ Name: "one" });
    writeFileSync(join(data("one"), "f"), "x");
    await volumes.remove("one", false);
    expect(readdirSync(root)).toEqual([]);
    expect(() => volumes.get("one")).toThrow("get one: no such volume");
    expect(published().at(-1)).toBe('destroy one {"driver":"local"}');
  });

  test("one that is not there is an error, unless forced", async () => {
    await refused(volumes.remove("nope", false), {
      kind: "not-found",
      message: "get nope: no such volume",
    });
    await volumes.remove("nope", true);
  });

  test("one in use is refused, forced or not", async () => {
    await volumes.acquire("one", "c1");
    await volumes.acquire("one", "c2");
    for (const force of [false, true]) {
      await refused(volumes.remove("one", force), {
        kind: "conflict",
        message: "remove one: volume is in use - [c1, c2]",
      });
    }
    expect(volumes.usersOf("one")).toEqual(["c1", "c2"]);
    await volumes.releaseAll("c1", true);
    await volumes.releaseAll("c2", true);
    await volumes.remove("one", false);
  });
});

describe("containers' holds", () => {
  test("rm -v takes anonymous volumes that nobody else uses, and no named ones", async () => {
    await volumes.acquire("anon1", "c1", { anonymous: true });
    await volumes.acquire("anon2", "c1", { anonymous: true });
    await volumes.acquire("anon2", "c2", { anonymous: true });
    await volumes.acquire("named", "c1", { labels: { a: "b" } });
    expect(volumes.get("anon1").Labels).toEqual({ "com.docker.volume.anonymous": "" });
    expect(volumes.get("named").Labels).toEqual({ a: "b" });
    await volumes.releaseAll("c1", true);
    expect(names()).toEqual(["anon2", "named"]);
    await volumes.releaseAll("c2", false);
    expect(names()).toEqual(["anon2", "named"]);
    await volumes.releaseAll("c2", true);
    expect(names()).toEqual(["anon2", "named"]);
  });

  test("outlive a restart, but not their containers", async () => {
    await volumes.acquire("one", "c1");
    await volumes.acquire("one", "c2");
    await restart(["c2"]);
    expect(volumes.usersOf("one")).toEqual(["c2"]);
  });
});

describe("prune", () => {
  test("takes anonymous volumes; with all, any; never held ones or those with options", async () => {
    const { Name = "" } = await volumes.create({});
    writeFileSync(join(data(Name), "f"), Buffer.alloc(1000));
    await volumes.create({ Name: "named", Labels: { keep: "" } });
    await volumes.create({ Name: "device", DriverOpts: tmpfs });
    await volumes.acquire("held", "c1", { anonymous: true });
    expect(await volumes.prune({})).toEqual({ VolumesDeleted: [Name], SpaceReclaimed: 1000 });
    expect(published().at(-1)).toBe('prune  {"reclaimed":"1000"}');
    expect(await volumes.prune({ all: ["1"], "label!": ["keep"] })).toEqual({
      VolumesDeleted: [],
      SpaceReclaimed: 0,
    });
    expect(await volumes.prune({ all: ["true"], label: ["keep"] })).toEqual({
      VolumesDeleted: ["named"],
      SpaceReclaimed: 0,
    });
    expect(names()).toEqual(["device", "held"]);
  });

  test("refuses what it does not know", async () => {
    await refused(volumes.prune({ foo: ["x"] }), "invalid filter 'foo'");
    await refused(
      volumes.prune({ all: ["x"] }),
      "invalid filter 'all': strconv.ParseBool: parsing \"x\": invalid syntax",
    );
  });
});

describe("mount", () => {
  test("a plain volume is its directory; each mount point is told", async () => {
    await volumes.acquire("one", "c1");
    expect(await volumes.mount("one", "c1", { destination: "/a", readOnly: false })).toBe(data("one"));
    expect(await volumes.mount("one", "c1", { destination: "/b", readOnly: true })).toBe(data("one"));
    await volumes.unmountAll("c1");
    await volumes.unmountAll("c1");
    const gone = 'unmount one {"container":"c1","driver":"local"}';
    expect(published().slice(1)).toEqual([told("/a", "true"), told("/b", "false"), gone, gone]);
  });

  test("driver options are mounted while somebody uses them, across a restart too", async () => {
    await volumes.acquire("dev", "c1", { driverOptions: tmpfs });
    await volumes.acquire("dev", "c2");
    await volumes.mount("dev", "c1", { destination: "/x", readOnly: false });
    await volumes.mount("dev", "c2", { destination: "/x", readOnly: false });
    expect(mountsBelow(data("dev")).map(({ type }) => type)).toEqual(["tmpfs"]);
    expect(statSync(data("dev")).uid).toBe(5);
    await volumes.unmountAll("c1");
    await restart(["c1", "c2"]);
    expect(mountsBelow(data("dev"))).toHaveLength(1);
    await volumes.unmountAll("c2");
    expect(mountsBelow(data("dev"))).toEqual([]);
  });

  test("a bind with ro is read-only", async () => {
    mkdirSync(join(work, "host"));
    await volumes.acquire("dev", "c1", {
      driverOptions: { type: "none", device: join(work, "host"), o: "bind,ro" },
    });
    await volumes.mount("dev", "c1");
    expect(() => writeFileSync(join(data("dev"), "f"), "x")).toThrow("EROFS");
    await volumes.releaseAll("c1", false);
    await volumes.remove("dev", false);
    expect(existsSync(join(work, "host"))).toBeTrue();
  });

  test.each([
    [
      { type: "none", device: "/nonexist", o: "bind" },
      "mount /nonexist:DATA, flags: 0x1000: no such file or directory",
    ],
    [{ type: "ext9", device: "/dev/null", o: "bogus" }, "mount /dev/null:DATA, data: bogus: no such device"],
  ])("%j fails with dockerd's words and leaves nothing", async (driverOptions, problem) => {
    await volumes.acquire("dev", "c1", { driverOptions });
    await refused(volumes.mount("dev", "c1"), {
      kind: "internal",
      message: `error while mounting volume '${data("dev")}': failed to mount local volume: ${problem.replace("DATA", data("dev"))}`,
    });
    expect(mountsBelow(work)).toEqual([]);
    await volumes.releaseAll("c1", false);
    await volumes.remove("dev", false);
  });

  test("a network address that is no name", async () => {
    const driverOptions = { type: "nfs", device: ":/a", o: "addr=nohost.invalid,rw" };
    await volumes.acquire("dev", "c1", { driverOptions });
    await refused(
      volumes.mount("dev", "c1"),
      `error while mounting volume '${data("dev")}': error resolving passed in network volume address: lookup nohost.invalid: no such host`,
    );
  });

  test("removing the content never reaches through a mount", async () => {
    mkdirSync(join(work, "host"));
    writeFileSync(join(work, "host/precious"), "x");
    await volumes.create({
      Name: "dev",
      DriverOpts: { type: "none", device: join(work, "host"), o: "bind" },
    });
    await volumes.acquire("dev", "c1");
    await volumes.mount("dev", "c1");
    // The container vanished without a word, as after a crash of the whole machine.
    await restart([]);
    await volumes.remove("dev", false);
    expect(readdirSync(join(work, "host"))).toEqual(["precious"]);
  });
});

describe("subpath", () => {
  beforeEach(async () => {
    await volumes.acquire("one", "c1");
    mkdirSync(join(data("one"), "a/b"), { recursive: true });
    writeFileSync(join(data("one"), "a/b/f"), "inside");
  });

  test("is a mount of its own, gone with the container", async () => {
    const path = await volumes.mount("one", "c1", point("a/b"));
    expect(readFileSync(join(path, "f"), "utf8")).toBe("inside");
    rmSync(join(data("one"), "a"), { recursive: true });
    symlinkSync("/etc", join(data("one"), "a"));
    expect(existsSync(join(path, "hostname"))).toBeFalse();
    await volumes.unmountAll("c1");
    expect(mountsBelow(work)).toEqual([]);
    expect(existsSync(path)).toBeFalse();
  });

  test("may be a file", async () => {
    const path = await volumes.mount("one", "c1", point("a/b/f"));
    expect(readFileSync(path, "utf8")).toBe("inside");
    await volumes.unmountAll("c1");
    expect(readFileSync(join(data("one"), "a/b/f"), "utf8")).toBe("inside");
  });

  test("cannot lead out of the volume", async () => {
    symlinkSync("/etc", join(data("one"), "out"));
    const place = join(data("one"), "out");
    await refused(volumes.mount("one", "c1", point("out")), {
      kind: "not-found",
      message: `cannot access path ${place}: lstat ${place}: no such file or directory`,
    });
    expect(mountsBelow(work)).toEqual([]);
  });

  test("is mounted anew when a start is repeated, and cleaned up when the container is gone", async () => {
    const path = await volumes.mount("one", "c1", point("a/b"));
    await restart(["c1"]);
    expect(await volumes.mount("one", "c1", point("a/b"))).toBe(path);
    expect(mountsBelow(path)).toHaveLength(1);
    await restart([]);
    expect(mountsBelow(work)).toEqual([]);
  });
});

describe("copy-up", () => {
  const capability = Buffer.from("0100000200200000000000000000000000000000", "hex");
  beforeEach(async () => {
    mkdirSync(join(rootfs, "var/lib/db/sub"), { recursive: true });
    writeFileSync(join(rootfs, "var/lib/db/ping"), "x");
    setXattr(join(rootfs, "var/lib/db/ping"), "security.capability", capability);
    chownSync(join(rootfs, "var/lib/db"), 999, 998);
    chmodSync(join(rootfs, "var/lib/db"), 0o750);
    symlinkSync("lib/db", join(rootfs, "var/link"));
    await volumes.acquire("one", "c1");
  });

  test("fills an empty volume, through links inside the image", async () => {
    await volumes.copyUp("one", rootfs, "/var/link");
    expect(readdirSync(data("one")).sort()).toEqual(["ping", "sub"]);
    expect(getXattr(join(data("one"), "ping"), "security.capability")).toEqual(capability);
    const { uid, gid, mode } = statSync(data("one"));
    expect([uid, gid, mode & 0o777]).toEqual([999, 998, 0o750]);
  });

  test("leaves one with content alone, owner and mode too", async () => {
    writeFileSync(join(data("one"), "mine"), "x");
    await volumes.copyUp("one", rootfs, "/var/lib/db");
    expect(readdirSync(data("one"))).toEqual(["mine"]);
    expect(statSync(data("one")).uid).toBe(0);
  });

  test("an empty directory gives its owner and mode; none gives nothing", async () => {
    chownSync(join(rootfs, "var/lib/db/sub"), 7, 7);
    await volumes.copyUp("one", rootfs, "/var/lib/db/sub");
    expect(statSync(data("one")).uid).toBe(7);
    await volumes.acquire("two", "c1");
    await volumes.copyUp("two", rootfs, "/not/there");
    expect(statSync(data("two")).uid).toBe(0);
  });

  test("of a file is refused in dockerd's two ways", async () => {
    const path = join(rootfs, "var/lib/db/ping");
    await refused(volumes.copyUp("one", rootfs, "/var/lib/db/ping"), `source ${path} is not directory`);
    await volumes.acquire("anon", "c1", { anonymous: true });
    await refused(
      volumes.copyUp("anon", rootfs, "/var/lib/db/ping"),
      `cannot mount volume over existing file, file exists ${path}`,
    );
  });

  test("a link of the image cannot reach the host", async () => {
    mkdirSync(join(work, "secret"));
    writeFileSync(join(work, "secret/f"), "x");
    symlinkSync(join(work, "secret"), join(rootfs, "out"));
    await volumes.copyUp("one", rootfs, "/out");
    expect(readdirSync(data("one"))).toEqual([]);
  });

  test("a large tree is copied by a child", async () => {
    for (let index = 0; index < 300; index++) {
      writeFileSync(join(rootfs, `var/lib/db/sub/f${index}`), String(index));
    }
    await volumes.copyUp("one", rootfs, "/var/lib/db");
    expect(readdirSync(join(data("one"), "sub"))).toHaveLength(300);
    expect(statSync(data("one")).uid).toBe(999);
  });

  test("one that does not fit says so and is tried again", async () => {
    await volumes.create({ Name: "small", DriverOpts: { ...tmpfs, o: "size=16k" } });
    writeFileSync(join(rootfs, "var/lib/db/big"), Buffer.alloc(100_000));
    await refused(volumes.copyUp("small", rootfs, "/var/lib/db"), "failed to copy files: ");
    expect(mountsBelow(work)).toEqual([]);
    rmSync(join(rootfs, "var/lib/db/big"));
    await volumes.mount("small", "c1");
    await volumes.copyUp("small", rootfs, "/var/lib/db");
    expect(readdirSync(data("small")).sort()).toEqual(["ping", "sub"]);
  });
});
