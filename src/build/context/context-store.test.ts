import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { digestHex } from "../../spec/digest.ts";
import { file, type Member, sha256, tarOf } from "../../store/testing/tar-of.ts";
import type { BuildContext } from "./build-context.ts";
import { ContextStore } from "./context-store.ts";

const roots: string[] = [];
afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true });
});

function newStore(now?: () => number): { store: ContextStore; root: string } {
  const root = mkdtempSync(join(tmpdir(), "gantry-contexts-"));
  roots.push(root);
  return { store: new ContextStore(root, now), root };
}

const { signal } = new AbortController();
const hash = (text: string) => digestHex(sha256(text));

async function* pieces(bytes: Uint8Array, size = bytes.length): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

function textOf(context: BuildContext, path: string): string {
  const entry = context.entries.get(path);
  if (entry?.kind !== "file") throw new Error(`${path} is no file`);
  return readFileSync(context.contentPath(entry), "utf8");
}

function stored(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .sort();
}

describe("a tar", () => {
  test("becomes entries in order and contents by hash", async () => {
    const { store, root } = newStore();
    const tar = tarOf(
      file("./b.txt", "same"),
      { name: "a/", type: "directory", mode: 0o700, modified: { seconds: 5, nanoseconds: 7 } },
      { name: "a/link", type: "symlink", linkName: Buffer.from("/etc/passwd") },
      { ...file("/a/x/deep", "same"), mode: 0o4755 },
      { name: "a/hard", type: "hardlink", linkName: Buffer.from("b.txt") },
      file("a-b", ""),
    );
    const { context } = await store.fromTar(pieces(gzipSync(tar), 7), signal);
    expect([...context.entries.keys()]).toEqual(["a", "a/hard", "a/link", "a/x", "a/x/deep", "a-b", "b.txt"]);
    expect(context.entries.get("a")).toMatchObject({
      kind: "directory",
      mode: 0o700,
      mtimeNs: 5_000_000_007n,
    });
    expect(context.entries.get("a/link")).toMatchObject({ kind: "symlink", target: "/etc/passwd" });
    expect(context.entries.get("a/x/deep")).toMatchObject({
      mode: 0o4755,
      sizeBytes: 4,
      sha256: hash("same"),
    });
    expect(textOf(context, "a/hard")).toBe("same");
    expect(stored(root)).toEqual([hash(""), hash("same")].sort());
  });

  test("with large and sparse files is the same", async () => {
    const { store } = newStore();
    const large = "0123456789abcdef".repeat(40_000);
    const { context } = await store.fromTar(pieces(tarOf(file("large", large)), 65_536), signal);
    expect(context.entries.get("large")).toMatchObject({ sizeBytes: large.length, sha256: hash(large) });
    expect(textOf(context, "large")).toBe(large);
  });

  const hostile: [what: string, members: Member[], message: string][] = [
    ["a path out of it", [file("a/../../x", "")], 'a path outside of itself: "a/../../x"'],
    ["a device", [{ name: "d", type: "char" }], "the context holds a device: d"],
    ["a fifo", [{ name: "f", type: "fifo" }], "the context holds a fifo: f"],
    [
      "a file through a link",
      [{ name: "l", type: "symlink", linkName: Buffer.from("/etc") }, file("l/passwd", "")],
      "the context holds l/passwd below l, which is not a directory",
    ],
    [
      "a link to nothing before it",
      [{ name: "h", type: "hardlink", linkName: Buffer.from("/etc/passwd") }],
      "the context links h to etc/passwd, which is no file before it",
    ],
  ];
  for (const [what, members, message] of hostile) {
    test(`with ${what} is refused and leaves nothing unfinished`, async () => {
      const { store, root } = newStore();
      const reading = store.fromTar(pieces(tarOf(file("first", "x".repeat(300_000)), ...members)), signal);
      expect(reading).rejects.toThrow(message);
      await reading.catch(() => {});
      expect(stored(join(root, "unfinished"))).toEqual([]);
    });
  }

  test("that breaks off leaves nothing", async () => {
    const { store, root } = newStore();
    const tar = tarOf(file("a", "x".repeat(600_000)));
    const reading = store.fromTar(pieces(tar.subarray(0, 400_000)), signal);
    expect(reading).rejects.toThrow("unexpected EOF");
    await reading.catch(() => {});
    expect(stored(root)).toEqual([]);
  });
});

const regular = 0o100644;

function description(files: Record<string, string>): Buffer {
  const lines = Object.entries(files).map(([path, text]) =>
    JSON.stringify([path, regular, "1", text.length, hash(text)]),
  );
  return Buffer.from(lines.join("\n"));
}

function framed(...texts: string[]): Buffer {
  return Buffer.concat(
    texts.flatMap((text) => {
      const length = Buffer.alloc(8);
      length.writeBigUInt64BE(BigInt(text.length));
      return [length, Buffer.from(text)];
    }),
  );
}

describe("a described context", () => {
  test("asks for what is missing, once", async () => {
    const { store } = newStore();
    const first = await store.announce(pieces(description({ a: "one", "d/b": "two", c: "one" }), 5), signal);
    expect(first.missing).toEqual([hash("one"), hash("two")]);
    expect(() => store.take(first.id)).toThrow("2 files of the context");
    await store.receive(first.id, pieces(framed("one", "two"), 3), signal);
    const { context } = store.take(first.id);
    expect([...context.entries.keys()]).toEqual(["a", "c", "d", "d/b"]);
    expect(textOf(context, "d/b")).toBe("two");
    expect(() => store.take(first.id)).toThrow("no such build context");
    const second = await store.announce(pieces(description({ a: "one", e: "" })), signal);
    expect(second.missing).toEqual([hash("")]);
    await store.receive(second.id, pieces(framed("")), signal);
    expect(textOf(store.take(second.id).context, "e")).toBe("");
  });

  test("takes no other contents than it asked for", async () => {
    const { store } = newStore();
    const { id } = await store.announce(pieces(description({ a: "one" })), signal);
    expect(store.receive(id, pieces(framed("ono")), signal)).rejects.toThrow("changed while it was sent");
    expect(store.receive(id, pieces(framed("one", "two")), signal)).rejects.toThrow("more contents");
    expect(store.receive(id, pieces(framed("one").subarray(0, 9)), signal)).rejects.toThrow("ended early");
    expect(store.receive("none", pieces(framed()), signal)).rejects.toThrow("no such build context");
  });

  // biome-ignore format: a table
  const malformed = [
    "{}", "x", '["a"]', '["a", 33188, 1, 1, "x"]', `["a", 33188, "1", 1, "../../${"0".repeat(58)}"]`, `["a", 33188, "1", -1, "${"0".repeat(64)}"]`,
    '["../a", 16877, "1"]', '["a", 8192, "1"]',
  ];
  for (const line of malformed) {
    test(`refuses ${line}`, () => {
      const { store } = newStore();
      expect(store.announce(pieces(Buffer.from(line)), signal)).rejects.toThrow("context");
    });
  }

  test("has no line without an end", () => {
    const { store } = newStore();
    const announcing = store.announce(pieces(Buffer.alloc(100_000, "x"), 1000), signal);
    expect(announcing).rejects.toThrow("a line of a context is too long");
  });

  test("is not believed of a file that is shorter than it was", async () => {
    const { store, root } = newStore();
    await store.fromTar(pieces(tarOf(file("a", "content"))), signal);
    const again = new ContextStore(root);
    await Bun.write(join(root, hash("content").slice(0, 2), hash("content")), "con");
    const { missing } = await again.announce(pieces(description({ a: "content" })), signal);
    expect(missing).toEqual([hash("content")]);
  });
});

test("pruning frees what no build holds, the longest unused first", async () => {
  let nowMs = Date.now() + 1000;
  const { store, root } = newStore(() => nowMs);
  const old = await store.fromTar(pieces(tarOf(file("a", "aaaa"))), signal);
  const held = await store.fromTar(pieces(tarOf(file("b", "bbbb"))), signal);
  nowMs += 1000;
  const recent = await store.fromTar(pieces(tarOf(file("c", "cccc"))), signal);
  const waiting = await store.announce(pieces(description({ c: "cccc" })), signal);
  await old[Symbol.asyncDispose]();
  await recent[Symbol.asyncDispose]();
  expect(store.prune({ keepBytes: 8 })).toBe(4);
  expect(stored(root)).toEqual([hash("bbbb"), hash("cccc")].sort());
  expect(store.prune()).toBe(0);
  store.take(waiting.id);
  await held[Symbol.asyncDispose]();
  expect(store.prune()).toBe(4);
  expect(store.usage()).toMatchObject({ sizeBytes: 4, inUse: true });
});
