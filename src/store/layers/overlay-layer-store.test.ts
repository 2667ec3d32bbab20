import { afterEach, beforeEach, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { Readable } from "node:stream";
import { gunzipSync, gzipSync, zstdCompressSync } from "node:zlib";
import { unmount } from "../../linux/mount.ts";
import { getXattr } from "../../linux/xattr.ts";
import { Database } from "../db/database.ts";
import { failureOf } from "../testing/failure.ts";
import { file, sha256, tarOf } from "../testing/tar-of.ts";
import { childChainId } from "./chain-id.ts";
import type { Layer, LayerStore } from "./layer-store.ts";
import { createLayerStore } from "./overlay-layer-store.ts";

let directory: string;
let db: Database;
let store: LayerStore;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "gantry-layers-"));
  open();
});

afterEach(async () => {
  await store.settled();
  unmount(join(directory, "mnt"));
  db[Symbol.dispose]();
  rmSync(directory, { recursive: true, force: true });
});

function open(): void {
  db = new Database(join(directory, "test.db"));
  store = createLayerStore({ db, root: join(directory, "layers") });
}

function apply(tar: Buffer, parent?: Layer, options = {}): Promise<Layer> {
  return store.apply(parent?.chainId, Readable.from([tar]), options);
}

function diffOf(layer: Layer): string {
  return store.directories(layer.chainId)[0] as string;
}

/** Names of everything that the store keeps besides its own directories. */
async function leftovers(): Promise<string[]> {
  await store.settled();
  const root = join(directory, "layers");
  const own = ["staging", "writable", "empty", "trash"];
  return [
    ...readdirSync(root).filter((name) => !own.includes(name)),
    ...["staging", "writable", "trash"].flatMap((name) => readdirSync(join(root, name))),
  ];
}

test("a layer is unpacked, known by its chain, and its tar comes back byte for byte", async () => {
  const tar = tarOf({ name: "./", type: "directory", mode: 0o711 }, file("./a", "one"), file("./b", ""));
  const layer = await apply(tar);
  expect(layer.diffId).toBe(sha256(tar));
  expect(layer.chainId).toBe(layer.diffId);
  expect(layer.sizeBytes).toBe(3);
  expect(readFileSync(join(diffOf(layer), "a"), "utf8")).toBe("one");
  expect(statSync(diffOf(layer)).mode & 0o777).toBe(0o711);
  expect(sha256(await buffer(store.tar(layer.chainId)))).toBe(layer.diffId);
});

test("a child has its parent's root owner and mode unless its tar says otherwise", async () => {
  const base = await apply(tarOf({ name: ".", type: "directory", mode: 0o700, uid: 7 }));
  const child = await apply(tarOf(file("x", "x")), base);
  expect(child.chainId).toBe(childChainId(base.chainId, child.diffId));
  expect(statSync(diffOf(child))).toMatchObject({ mode: 0o40700, uid: 7 });
  const parts = await store.createWritable("c1", child.chainId);
  expect(statSync(parts.upper)).toMatchObject({ mode: 0o40700, uid: 7 });
});

test.each([
  ["gzip", (tar: Buffer) => gzipSync(tar)],
  ["zstd", (tar: Buffer) => zstdCompressSync(tar)],
  ["xz", (tar: Buffer) => spawnSync("xz", ["-c"], { input: tar }).stdout],
  ["bzip2", (tar: Buffer) => spawnSync("bzip2", ["-c"], { input: tar }).stdout],
])("a layer compressed with %s has the diffID of its plain tar", async (_, compress) => {
  const tar = tarOf(file("a", "x".repeat(100_000)));
  expect((await apply(compress(tar))).diffId).toBe(sha256(tar));
  const cut = compress(tar);
  // A part of what is there is never a layer.
  expect(await failureOf(apply(cut.subarray(0, cut.length - 30)))).toMatchObject({ kind: "invalid" });
});

test("a wrong diffID is refused and leaves nothing", async () => {
  const expected = sha256(Buffer.from("other"));
  const failure = await failureOf(apply(tarOf(file("a", "x")), undefined, { expected }));
  expect(failure.message).toContain("invalid diffID: expected");
  expect(await leftovers()).toEqual([]);
  expect(store.list()).toEqual([]);
});

test("the same chain applied twice at once is unpacked once", async () => {
  const tar = tarOf(file("a", "x".repeat(1000)));
  const options = { expected: sha256(tar) };
  const [one, two] = await Promise.all([apply(tar, undefined, options), apply(tar, undefined, options)]);
  const three = await apply(tar);
  expect([two.chainId, three.chainId]).toEqual([one.chainId, one.chainId]);
  expect(await leftovers()).toHaveLength(1);
});

test("a waiting apply takes over when the one it waits for fails", async () => {
  const tar = tarOf(file("a", "x"));
  const options = { expected: sha256(tar) };
  const bad = apply(tarOf(file("a", "y")), undefined, options);
  const good = apply(tar, undefined, options);
  expect((await failureOf(bad)).message).toContain("invalid diffID");
  expect((await good).diffId).toBe(sha256(tar));
});

test("a layer goes with its last user, and takes its unused parents along", async () => {
  const base = await apply(tarOf(file("a", "1")), undefined, { user: "one" });
  const child = await apply(tarOf(file("b", "2")), base, { user: "two" });
  await store.release(base.chainId, "one");
  expect(store.get(base.chainId)).toBeDefined();
  store.retain(child.chainId, "three");
  await store.release(child.chainId, "two");
  expect(store.get(child.chainId)).toBeDefined();
  await store.release(child.chainId, "three");
  expect(store.list()).toEqual([]);
  expect(await leftovers()).toEqual([]);
});

test("a parent released while a child is being made stays", async () => {
  const base = await apply(tarOf(file("a", "1")), undefined, { user: "one" });
  const source = new Readable({ read() {} });
  const tar = tarOf(file("b", "2"));
  source.push(tar.subarray(0, 600));
  const making = store.apply(base.chainId, source, { user: "two" });
  await store.release(base.chainId, "one");
  source.push(tar.subarray(600));
  source.push(null);
  const child = await making;
  expect(store.directories(child.chainId)).toHaveLength(2);
  await store.release(child.chainId, "two");
  expect(store.list()).toEqual([]);
});

test("a source that is refused stays open for its owner", async () => {
  const source = new Readable({ read() {} });
  source.push(Buffer.alloc(3 << 20, "garbage"));
  expect(await failureOf(store.apply(undefined, source))).toMatchObject({ kind: "invalid" });
  expect(source.destroyed).toBe(false);
});

test("an abort ends the work and leaves nothing", async () => {
  const abort = new AbortController();
  const source = new Readable({ read() {} });
  source.push(tarOf(file("a", "1")).subarray(0, 700));
  const making = store.apply(undefined, source, { signal: abort.signal });
  setImmediate(() => abort.abort());
  expect(await failureOf(making)).toMatchObject({ kind: "cancelled" });
  expect(await leftovers()).toEqual([]);
});

test("a writable layer shows its image, keeps its own changes, and holds its layers", async () => {
  const base = await apply(tarOf(file("a", "low"), file("gone", "x")));
  const child = await apply(tarOf(file(".wh.gone", ""), file("b", "high")), base, { user: "image" });
  const target = join(directory, "mnt");
  mkdirSync(target);
  await store.createWritable("c1", child.chainId);
  store.mount("c1", target);
  expect(readdirSync(target).sort()).toEqual(["a", "b"]);
  writeFileSync(join(target, "a"), "changed");
  unmount(target);
  expect(readFileSync(join(diffOf(base), "a"), "utf8")).toBe("low");
  await store.release(child.chainId, "image");
  expect(store.list()).toHaveLength(2);
  expect(store.writableIds()).toEqual(["c1"]);
  await store.removeWritable("c1");
  expect(store.list()).toEqual([]);
  expect(await leftovers()).toEqual([]);
});

test("an empty image can be mounted and written", async () => {
  const target = join(directory, "mnt");
  mkdirSync(target);
  await store.createWritable("c1", undefined);
  store.mount("c1", target);
  writeFileSync(join(target, "a"), "1");
  expect(readdirSync(target)).toEqual(["a"]);
});

test("a deep chain is mounted in order: the topmost layer wins", async () => {
  let top: Layer | undefined;
  for (let index = 0; index < 9; index++)
    top = await apply(tarOf(file(`f${index}`, ""), file("same", String(index))), top);
  const target = join(directory, "mnt");
  mkdirSync(target);
  await store.createWritable("c1", top?.chainId);
  store.mount("c1", target);
  expect(readdirSync(target)).toHaveLength(10);
  expect(readFileSync(join(target, "same"), "utf8")).toBe("8");
});

test("whiteouts become the overlay's own marks, whatever their order", async () => {
  const layer = await apply(
    tarOf(
      file("etc/.wh.passwd", ""),
      file("opt/.wh..wh..opq", ""),
      file("opt/new", "n"),
      // A directory of this layer beside its own whiteout is opaque, before and after it.
      file(".wh.early", ""),
      file("early/x", ""),
      { name: "late", type: "directory" },
      file(".wh.late", ""),
      file(".wh..wh.plnk", ""),
    ),
  );
  const diff = diffOf(layer);
  const mark = lstatSync(join(diff, "etc/passwd"));
  expect([mark.isCharacterDevice(), mark.rdev]).toEqual([true, 0]);
  for (const name of ["opt", "early", "late"])
    expect(getXattr(join(diff, name), "trusted.overlay.opaque")?.toString()).toBe("y");
  expect(readdirSync(diff).sort()).toEqual(["early", "etc", "late", "opt"]);
});

test("an archive that replaces its own entries comes back whole", async () => {
  const tar = tarOf(
    file("a", "first"),
    { name: "b", type: "hardlink", linkName: Buffer.from("a") },
    file("a", "second"),
    file("d/x", "inside"),
    file("d", "now a file"),
  );
  const layer = await apply(tar);
  expect(readFileSync(join(diffOf(layer), "a"), "utf8")).toBe("second");
  expect(readFileSync(join(diffOf(layer), "b"), "utf8")).toBe("first");
  expect(await buffer(store.tar(layer.chainId))).toEqual(tar);
});

test("a file that changed on disk makes the tar fail instead of lying", async () => {
  const layer = await apply(tarOf(file("a", "good")));
  writeFileSync(join(diffOf(layer), "a"), "evil");
  expect((await failureOf(buffer(store.tar(layer.chainId)))).message).toContain("the layer is damaged");
});

const gzip = { compression: "gzip" } as const;

test("a layer's compressed form is made by several children, always the same", async () => {
  const tar = tarOf(
    file("big", randomBytes(1_500_000).toString("hex")),
    file("small", "one"),
    file("a", "first"),
    file("a", "second"),
  );
  const { chainId, tarBytes } = await apply(tar);
  const told: number[] = [];
  const compressed = await bytesOf(store.compressed(chainId, gzip, (bytes) => told.push(bytes)));
  expect(gunzipSync(compressed).equals(tar)).toBeTrue();
  expect(told).toEqual([1 << 20, 2 << 20, tarBytes]);
  const twice = await Promise.all([
    bytesOf(store.compressed(chainId, gzip)),
    bytesOf(store.compressed(chainId, gzip)),
  ]);
  for (const other of twice) expect(other.equals(compressed)).toBeTrue();
});

test("a file that changed on disk makes the compressed form fail", async () => {
  const layer = await apply(tarOf(file("a", "good")));
  writeFileSync(join(diffOf(layer), "a"), "evil");
  expect((await failureOf(bytesOf(store.compressed(layer.chainId, gzip)))).message).toContain(
    "the layer is damaged",
  );
});

async function bytesOf(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return await buffer(Readable.from(source, { objectMode: false }));
}

test("reconcile removes what no row promises and rows of what is gone", async () => {
  const kept = await apply(tarOf(file("a", "1")), undefined, { user: "image" });
  const leased = await apply(tarOf(file("b", "1")), undefined, { user: "lease:1" });
  const lost = await apply(tarOf(file("c", "1")), kept, { user: "image" });
  await store.createWritable("c1", kept.chainId);
  rmSync(join(diffOf(lost), ".."), { recursive: true });
  mkdirSync(join(directory, "layers", "stray"));
  mkdirSync(join(directory, "layers", "staging", "half"));
  mkdirSync(join(directory, "layers", "writable", "stray"));
  db[Symbol.dispose]();
  open();
  await store.reconcile();
  expect(store.list().map((layer) => layer.chainId)).toEqual([kept.chainId]);
  expect(store.get(leased.chainId)).toBeUndefined();
  expect(existsSync(diffOf(kept))).toBe(true);
  expect(await leftovers()).toHaveLength(2);
});

/** Runs a shell script in the mounted view of a writable layer on `parent`. */
async function change(id: string, parent: Layer | undefined, script: string): Promise<void> {
  const target = join(directory, "mnt");
  mkdirSync(target, { recursive: true });
  await store.createWritable(id, parent?.chainId);
  store.mount(id, target);
  try {
    const ran = spawnSync("sh", ["-ec", script], { cwd: target });
    expect(ran.stderr.toString()).toBe("");
  } finally {
    unmount(target);
  }
}

test("the changes of a writable layer become a layer that shows the same tree", async () => {
  const base = await apply(
    tarOf(
      file("kept", "kept"),
      file("changed", "before"),
      file("removed", "x"),
      file("dir/inside", "x"),
      file("emptied/old", "x"),
    ),
  );
  const script = `
    echo after > changed; rm removed; rm -r dir
    rm -r emptied; mkdir emptied; echo new > emptied/new
    mkdir -m 2750 added; chown 5:6 added; echo twin > added/one; ln added/one added/two
    ln -s ../kept added/link; mkfifo added/pipe; touch -d @1000000000 added/one; chmod 4755 added/one`;
  await change("c1", base, script);
  const layer = await store.commitWritable("c1", { user: "image" });
  await store.createWritable("c2", layer.chainId);
  const views = ["c1", "c2"].map((id) => {
    const target = join(directory, "mnt");
    store.mount(id, target);
    try {
      return spawnSync(
        "sh",
        [
          "-c",
          "find . -mindepth 1 | sort | xargs stat -c '%n %F %a %u %g %h %s %Y'; cat changed emptied/new",
        ],
        {
          cwd: target,
        },
      ).stdout.toString();
    } finally {
      unmount(target);
    }
  });
  expect(views[1]).toBe(views[0] as string);
  expect(views[1]).toContain("./added/one regular file 4755 0 6 2 5 1000000000");
  expect(views[1]).not.toContain("old");
  expect(layer.parent).toBe(base.chainId);
});

function names(tar: Buffer): string {
  return spawnSync("tar", ["-tf", "-"], { input: tar }).stdout.toString();
}

test("the same changes give the same tar", async () => {
  const base = await apply(tarOf(file("a", "x")));
  const script = "rm a; mkdir b; echo c > b/c; touch -d @5 b/c b";
  await change("c1", base, script);
  await change("c2", base, script);
  const [one, two] = [await buffer(store.diffTar("c1")), await buffer(store.diffTar("c2"))];
  // A whiteout has the time of its making, so the names are compared.
  expect(names(one)).toBe(".wh.a\nb/\nb/c\n");
  expect(names(two)).toBe(names(one));
});

test("a reader that goes away ends the packing", async () => {
  await change("c1", undefined, "head -c 20000000 /dev/zero > big");
  const stream = store.diffTar("c1");
  for await (const chunk of stream) {
    expect((chunk as Buffer).length).toBeGreaterThan(0);
    break;
  }
  expect(stream.destroyed).toBe(true);
});

test("a sealed writable layer is the layer its archive would be, without a copy", async () => {
  const base = await apply(tarOf({ name: "./", type: "directory" }, file("./old", "x")));
  const parts = await store.createWritable("w", base.chainId);
  writeFileSync(join(parts.upper, "new"), "content");
  mkdirSync(join(parts.upper, "etc"));
  writeFileSync(join(parts.upper, "etc", "hosts"), "");
  const inode = statSync(join(parts.upper, "new")).ino;
  const layer = await store.seal("w", { user: "test", hasMountTargets: true });
  expect(sha256(await buffer(store.tar(layer.chainId)))).toBe(layer.diffId);
  expect(layer.sizeBytes).toBe(7);
  expect(statSync(join(diffOf(layer), "new")).ino).toBe(inode);
  expect(existsSync(join(diffOf(layer), "etc"))).toBe(false);
  expect(store.writable("w")).toBeUndefined();
  await store.release(layer.chainId, "test");
  expect(store.get(base.chainId)).toBeUndefined();
  expect(await leftovers()).toEqual([]);
});

test("a sealed layer outlives the engine from its sync on", async () => {
  const seal = async (id: string) => {
    const { upper } = await store.createWritable(id, undefined);
    writeFileSync(join(upper, id), id);
    return await store.seal(id, { user: "test" });
  };
  const kept = await seal("kept");
  await store.sync();
  const lost = await seal("lost");
  open();
  await store.reconcile();
  expect(store.get(kept.chainId)?.diffId).toBe(kept.diffId);
  expect(store.get(lost.chainId)).toBeUndefined();
});

test("what sealing cannot finish is given back", async () => {
  const { upper } = await store.createWritable("w", undefined);
  writeFileSync(join(upper, "f"), "f");
  expect(await failureOf(store.seal("w", { signal: AbortSignal.abort() }))).toBeDefined();
  expect(store.writable("w")).toBeUndefined();
  expect(await leftovers()).toEqual([]);
});
