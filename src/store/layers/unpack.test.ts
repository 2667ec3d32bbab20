import { afterEach, beforeEach, expect, test } from "bun:test";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { FileKind, makeNode, setFileTime } from "../../linux/special-files.ts";
import { getXattr, setXattr } from "../../linux/xattr.ts";
import { Database } from "../db/database.ts";
import { failureOf } from "../testing/failure.ts";
import { file, tarOf } from "../testing/tar-of.ts";
import type { Layer, LayerStore } from "./layer-store.ts";
import { createLayerStore } from "./overlay-layer-store.ts";

let directory: string;
let db: Database;
let store: LayerStore;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "gantry-unpack-"));
  open();
});

afterEach(async () => {
  await store.settled();
  db[Symbol.dispose]();
  rmSync(directory, { recursive: true, force: true });
});

function open(): void {
  db = new Database(join(directory, "test.db"));
  const expansionLimit = { ratio: 20, freeBytes: 1 << 20 };
  store = createLayerStore({ db, root: join(directory, "layers"), expansionLimit });
}

function apply(tar: Buffer): Promise<Layer> {
  return store.apply(undefined, Readable.from([tar]));
}

function diffOf(layer: Layer): string {
  return store.directories(layer.chainId)[0] as string;
}

function link(name: string, target: string) {
  return { name, type: "symlink" as const, linkName: Buffer.from(target) };
}

function hardlink(name: string, target: string) {
  return { name, type: "hardlink" as const, linkName: Buffer.from(target) };
}

/** A tree with everything a file system of a distribution has. */
function makeTree(tree: string): void {
  mkdirSync(join(tree, "dir", "deep"), { recursive: true });
  writeFileSync(join(tree, "dir", "file"), "content");
  chownSync(join(tree, "dir", "file"), 1000, 2000);
  chmodSync(join(tree, "dir", "file"), 0o4755);
  setXattr(
    join(tree, "dir", "file"),
    "security.capability",
    Buffer.from("0100000200200000000000000000000000000000", "hex"),
  );
  linkSync(join(tree, "dir", "file"), join(tree, "dir", "twin"));
  symlinkSync("/absolute/target", join(tree, "soft"));
  makeNode(join(tree, "null"), FileKind.char, 0o666, 1, 3);
  makeNode(join(tree, "pipe"), FileKind.fifo, 0o600);
  writeFileSync(Buffer.concat([Buffer.from(`${tree}/`), Buffer.from([0x66, 0xff])]), "raw name");
  writeFileSync(join(tree, "dir", "deep", "x".repeat(250)), "long");
  const sparse = openSync(join(tree, "sparse"), "w");
  writeSync(sparse, Buffer.alloc(5000, 1), 0, 5000, 1 << 20);
  ftruncateSync(sparse, 3 << 20);
  closeSync(sparse);
  chmodSync(join(tree, "dir"), 0o2770);
  setFileTime(join(tree, "dir"), { seconds: 1_000_000_000, nanoseconds: 123_456_789 });
}

/** What GNU tar sees of a tree: order, owners, modes, times, attributes and content. */
function pack(tree: string, ...more: string[]): Buffer {
  const options = [
    "--format=pax",
    "--sort=name",
    "--numeric-owner",
    "--xattrs",
    "--xattrs-include=*",
    ...more,
  ];
  const names = "--pax-option=delete=atime,delete=ctime,exthdr.name=%f";
  const made = spawnSync("tar", ["-C", tree, ...options, names, "-c", "."], { maxBuffer: 1 << 28 });
  expect(made.stderr.toString()).toBe("");
  return made.stdout;
}

test("a tree comes out of its tar as it went in, to the last attribute and nanosecond", async () => {
  const tree = join(directory, "tree");
  makeTree(tree);
  const layer = await apply(pack(tree, "--sparse"));
  expect(pack(diffOf(layer)).equals(pack(tree))).toBe(true);
  expect(lstatSync(join(diffOf(layer), "sparse")).blocks * 512).toBeLessThan(1 << 20);
});

test("nothing is written outside, whatever an archive names", async () => {
  const outside = join(directory, "outside");
  mkdirSync(outside);
  const layer = await apply(
    tarOf(
      file("/absolute", "a"),
      file("/../up", "b"),
      link("out", outside),
      file("out/planted", "c"),
      link("chain", "out"),
      file("chain/../beside", "d"),
      link("relative", "../../../../../../tmp"),
      file("relative/tmp", "e"),
      // A file in the place of a link replaces the link itself.
      link("swap", join(outside, "target")),
      file("swap", "f"),
    ),
  );
  expect(readdirSync(outside)).toEqual([]);
  const diff = diffOf(layer);
  expect(readFileSync(join(diff, "absolute"), "utf8")).toBe("a");
  expect(readFileSync(join(diff, "up"), "utf8")).toBe("b");
  expect(readFileSync(join(diff, outside, "planted"), "utf8")).toBe("c");
  expect(readFileSync(join(diff, "tmp", "tmp"), "utf8")).toBe("e");
  expect(readlinkSync(join(diff, "out"))).toBe(outside);
  expect(lstatSync(join(diff, "swap")).isFile()).toBe(true);
});

test.each([
  ["a name above the root", tarOf(file("../evil", "x")), 'invalid entry name "../evil"'],
  ["a name that climbs", tarOf(file("a/../../evil", "x")), 'invalid entry name "a/../../evil"'],
  ["a hardlink above the root", tarOf(hardlink("h", "../../etc/passwd")), 'invalid hardlink "h"'],
  ["a hardlink to the host", tarOf(hardlink("h", "/etc/passwd")), 'invalid hardlink "h"'],
  [
    "a hardlink through a planted link",
    tarOf(link("l", "/etc"), hardlink("h", "l/passwd")),
    'invalid hardlink "h"',
  ],
  ["a loop of links", tarOf(link("a", "b"), link("b", "a"), file("a/x", "")), "too many levels"],
  ["a file as a directory", tarOf(file("a", ""), file("a/b", "")), "not a directory"],
  ["a file in the place of the root", tarOf(file(".", "x")), "not a directory"],
  ["a name longer than the system has", tarOf(file("x".repeat(300), "")), "ENAMETOOLONG"],
  ["a whiteout of nothing", tarOf(file(".wh.", "")), "invalid whiteout name"],
  ["a whiteout of the parent", tarOf(file("a/.wh...", "")), "invalid whiteout name"],
  ["no tar", Buffer.alloc(5000, "garbage"), "invalid tar header"],
  ["a cut tar", tarOf(file("a", "x".repeat(5000))).subarray(0, 3000), "unexpected EOF"],
  ["a cut gzip", gzipSync(tarOf(file("a", "x".repeat(500)))).subarray(0, 60), "unexpected EOF"],
  ["a damaged gzip", gzipSync(tarOf(file("a", "x"))).fill(7, 20, 60), "damaged"],
  ["a bomb", gzipSync(tarOf(file("a", Buffer.alloc(8 << 20)))), "expands more than 20 times"],
])("%s is refused, and nothing stays", async (_, tar, message) => {
  const error = await failureOf(apply(tar));
  expect(error).toMatchObject({ kind: "invalid" });
  expect(error.message).toContain(message);
  await store.settled();
  expect(readdirSync(join(directory, "layers")).sort()).toEqual(["empty", "staging", "trash", "writable"]);
  expect(readdirSync(join(directory, "layers", "staging"))).toEqual([]);
});

test("an archive cannot set the overlay's own attributes", async () => {
  const xattrs = new Map([
    ["trusted.overlay.redirect", Buffer.from("/../..")],
    ["user.kept", Buffer.from("v")],
  ]);
  const layer = await apply(tarOf({ name: "d", type: "directory", xattrs }));
  expect(getXattr(join(diffOf(layer), "d"), "trusted.overlay.redirect")).toBeUndefined();
  expect(getXattr(join(diffOf(layer), "d"), "user.kept")?.toString()).toBe("v");
});

/** Applies a tar in a process of its own; answers once that has ended. */
async function applyElsewhere(tar: Buffer, killAt: string): Promise<NodeJS.Signals | null> {
  const program = join(import.meta.dir, "..", "testing", "apply-layer.ts");
  const child = spawn(process.execPath, [program, directory], {
    env: { ...process.env, GANTRY_TEST_KILL_AT: killAt },
    stdio: ["pipe", "inherit", "inherit"],
  });
  child.stdin.on("error", () => {});
  child.stdin.write(tar);
  if (killAt === "midway") {
    // It has begun once there is something in the staging directory.
    const staging = join(directory, "layers", "staging");
    while (!existsSync(staging) || readdirSync(staging).length === 0)
      await new Promise((resolve) => {
        setTimeout(resolve, 5);
      });
    child.kill("SIGKILL");
  } else child.stdin.end();
  const [, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  return signal;
}

test.each(["midway", "layer.unpacked", "layer.renamed"])(
  "a kill -9 %s leaves nothing after the next start, and the layer can be had then",
  async (killAt) => {
    db[Symbol.dispose]();
    const tar = tarOf(file("a", "x".repeat(100_000)), file("b", "y"));
    expect(await applyElsewhere(killAt === "midway" ? tar.subarray(0, 50_000) : tar, killAt)).toBe("SIGKILL");
    open();
    await store.reconcile();
    await store.settled();
    expect(store.list()).toEqual([]);
    expect(readdirSync(join(directory, "layers")).sort()).toEqual(["empty", "staging", "trash", "writable"]);
    expect(readdirSync(join(directory, "layers", "staging"))).toEqual([]);
    const layer = await apply(tar);
    expect(readdirSync(diffOf(layer)).sort()).toEqual(["a", "b"]);
  },
);

test("what was applied is there after the process has gone", async () => {
  db[Symbol.dispose]();
  expect(await applyElsewhere(tarOf(file("a", "x")), "never")).toBeNull();
  open();
  await store.reconcile();
  expect(store.list().map((layer) => readdirSync(diffOf(layer)))).toEqual([["a"]]);
});
