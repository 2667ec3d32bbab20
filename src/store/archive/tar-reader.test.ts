import { afterAll, beforeAll, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  ftruncateSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeNode, FileKind, setFileTime } from "../../linux/special-files.ts";
import { setXattr } from "../../linux/xattr.ts";
import type { TarEntry } from "./tar-entry.ts";
import { tarEntry } from "./tar-entry.ts";
import { TarReader } from "./tar-reader.ts";
import { encodeTarHeader, tarEnd, tarPadding } from "./tar-writer.ts";

let tree: string;
/** cap_net_raw=ep as the kernel keeps it: version 2, with NUL bytes and no text in it. */
const capability = Buffer.from("0100000200200000000000000000000000000000", "hex");
const longName = `${"d".repeat(120)}/${"n".repeat(200)}`;
const content = Buffer.from("content\n");

beforeAll(() => {
  tree = mkdtempSync(join(tmpdir(), "gantry-tar-"));
  writeFileSync(join(tree, "file"), content);
  setXattr(join(tree, "file"), "security.capability", capability);
  setXattr(join(tree, "file"), "user.text", Buffer.from("a=b\nc"));
  linkSync(join(tree, "file"), join(tree, "hard"));
  symlinkSync("x".repeat(150), join(tree, "soft"));
  lutimesSync(join(tree, "soft"), 5, 5);
  mkdirSync(join(tree, "d".repeat(120)));
  chmodSync(join(tree, "d".repeat(120)), 0o1777);
  writeFileSync(join(tree, longName), "long");
  writeFileSync(Buffer.concat([Buffer.from(`${tree}/`), Buffer.from([0x66, 0xff, 0xfe])]), "raw name");
  makeNode(join(tree, "null"), FileKind.char, 0o600, 1, 3);
  makeNode(join(tree, "pipe"), FileKind.fifo, 0o600);
  setFileTime(join(tree, "pipe"), { seconds: -1, nanoseconds: 500_000_000 });
  makeSparse(join(tree, "sparse"), 30);
});

afterAll(() => rmSync(tree, { recursive: true, force: true }));

/** More extents than fit in one header, each of 4 KiB in 64 KiB. */
function makeSparse(path: string, extents: number): void {
  const descriptor = openSync(path, "w");
  for (let index = 0; index < extents; index++)
    writeSync(descriptor, Buffer.alloc(4096, index + 1), 0, 4096, index * 65536);
  ftruncateSync(descriptor, extents * 65536 + 100);
  closeSync(descriptor);
}

function gnuTar(...args: string[]): Buffer {
  const made = spawnSync("tar", ["-C", tree, "-c", ...args, "."], { maxBuffer: 1 << 28 });
  expect(made.stderr.toString()).toBe("");
  return made.stdout;
}

interface Read {
  entry: TarEntry;
  content: Buffer;
}

/** Reads in pieces of `step` bytes; checks on the way that raw bytes and content together are the archive. */
function read(tar: Buffer, step = tar.length): Map<string, Read> {
  const found = new Map<string, Read>();
  let current: Read | undefined;
  let passed = 0;
  const reader = new TarReader({
    entry(entry) {
      current = { entry, content: Buffer.alloc(entry.sizeBytes) };
      found.set(entry.name.toString("latin1").replace(/^\.\//, "").replace(/\/$/, ""), current);
    },
    content(bytes, offset) {
      passed += bytes.length;
      bytes.copy((current as Read).content, offset);
    },
    entryEnd() {},
    raw(bytes) {
      passed += bytes.length;
    },
  });
  for (let at = 0; at < tar.length; at += step) reader.write(tar.subarray(at, at + step));
  reader.end();
  expect(passed).toBe(tar.length);
  return found;
}

test.each([
  ["gnu", ["--format=gnu"]],
  ["gnu, sparse", ["--format=gnu", "--sparse"]],
  ["pax", ["--format=pax", "--xattrs", "--xattrs-include=*"]],
  ["pax, sparse 0.0", ["--format=pax", "--sparse", "--sparse-version=0.0"]],
  ["pax, sparse 0.1", ["--format=pax", "--sparse", "--sparse-version=0.1"]],
  ["pax, sparse 1.0", ["--format=pax", "--sparse", "--sparse-version=1.0"]],
])("what GNU tar writes in %s is read whole", (_, args) => {
  const found = read(gnuTar(...args));
  const get = (name: string) => found.get(name) as Read;
  const [file, hard] = [get("file"), get("hard")].toSorted((a, b) => b.content.length - a.content.length);
  expect(file?.content).toEqual(content);
  expect(hard?.entry).toMatchObject({ type: "hardlink", sizeBytes: 0 });
  expect(get("soft").entry).toMatchObject({ type: "symlink", linkName: Buffer.from("x".repeat(150)) });
  expect(get("d".repeat(120)).entry).toMatchObject({ type: "directory", mode: 0o1777 });
  expect(get(longName).content.toString()).toBe("long");
  expect(get("f\xff\xfe").content.toString()).toBe("raw name");
  expect(get("null").entry).toMatchObject({ type: "char", deviceMajor: 1, deviceMinor: 3 });
  expect(get("pipe").entry.type).toBe("fifo");
  const sparse = get("sparse").content;
  expect(sparse).toHaveLength(30 * 65536 + 100);
  for (let index = 0; index < 30; index++) {
    expect(sparse[index * 65536 + 4095]).toBe(index + 1);
    expect(sparse[index * 65536 + 4096]).toBe(0);
  }
});

test("pax brings binary attributes and times before the epoch to the nanosecond", () => {
  const found = read(gnuTar("--format=pax", "--xattrs", "--xattrs-include=*"));
  const file = found.get("file")?.entry.xattrs.size ? found.get("file") : found.get("hard");
  expect(file?.entry.xattrs.get("security.capability")).toEqual(capability);
  expect(file?.entry.xattrs.get("user.text")?.toString()).toBe("a=b\nc");
  expect(found.get("pipe")?.entry.modified).toEqual({ seconds: -1, nanoseconds: 500_000_000 });
  expect(found.get("soft")?.entry.modified).toEqual({ seconds: 5, nanoseconds: 0 });
});

test.each([1, 7, 511, 513, 4096])("pieces of %d bytes read the same", (step) => {
  const tar = gnuTar("--format=gnu", "--sparse", "--exclude=./sparse");
  const [whole, pieces] = [read(tar), read(tar, step)];
  expect(pieces).toEqual(whole);
});

test("what we write, GNU tar and we read the same", () => {
  const entries = [
    tarEntry({ name: "dir/", type: "directory", mode: 0o2755, uid: 5_000_000, gid: 7 }),
    tarEntry({ name: `dir/${"é".repeat(80)}`, sizeBytes: 5, modified: { seconds: 12, nanoseconds: 34 } }),
    tarEntry({ name: `${"p".repeat(90)}/${"q".repeat(90)}`, type: "fifo" }),
    tarEntry({ name: "link", type: "symlink", linkName: Buffer.from("t".repeat(200)) }),
    tarEntry({ name: "caps", xattrs: new Map([["security.capability", capability]]) }),
    tarEntry({ name: "dev", type: "block", deviceMajor: 8, deviceMinor: 1 }),
  ];
  const parts = entries.flatMap((entry) => [
    encodeTarHeader(entry),
    Buffer.alloc(entry.sizeBytes, "x"),
    tarPadding(entry.sizeBytes),
  ]);
  const tar = Buffer.concat([...parts, tarEnd()]);
  expect([...read(tar).values()].map(({ entry }) => entry)).toEqual(entries);
  const listed = spawnSync("tar", ["-tf", "-", "--quoting-style=literal"], { input: tar });
  expect(listed.stderr.toString()).toBe("");
  expect(listed.stdout.toString().trim().split("\n")).toEqual(entries.map((entry) => entry.name.toString()));
});

const plain = encodeTarHeader(tarEntry({ name: "f", sizeBytes: 3 }));

function broken(change: (header: Buffer) => void): Buffer {
  const header = Buffer.from(plain);
  change(header);
  header.fill(0x20, 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(sum.toString(8).padStart(6, "0"), 148, "latin1");
  return header;
}

function special(typeFlag: string, body: Buffer, stated = body.length): Buffer {
  const header = broken((block) => {
    block.write(stated.toString(8).padStart(11, "0"), 124, "latin1");
    block.write(typeFlag, 156, "latin1");
  });
  return Buffer.concat([header, body, tarPadding(body.length)]);
}

test.each([
  ["garbage", Buffer.alloc(1024, "garbage "), "invalid tar header"],
  ["a wrong checksum", Buffer.from(plain).fill("9", 0, 1), "checksum"],
  ["a cut header", plain.subarray(0, 300), "unexpected EOF"],
  ["cut content", Buffer.concat([plain, Buffer.from("ab")]), "unexpected EOF"],
  ["a name without its entry", special("L", Buffer.from("name\0")), "unexpected EOF"],
  ["a negative size", broken((block) => block.fill(0xff, 124, 136)), "negative size"],
  ["a size that is no number", broken((block) => block.write("12x", 124)), "not octal"],
  [
    "a size past all numbers",
    broken((block) => block.fill(0xff, 125, 136).fill(0x80, 124, 125)),
    "out of range",
  ],
  ["an endless long name", special("L", Buffer.alloc(0), 2 ** 31), "too long"],
  ["an endless pax header", special("x", Buffer.alloc(0), 2 ** 21), "too long"],
  ["a pax record past its header", special("x", Buffer.from("99 path=a\n")), "not whole"],
  ["a pax record without a newline", special("x", Buffer.from("9 path=ab")), "not whole"],
  ["a NUL in a path", special("x", Buffer.from("11 path=a\0\n")), "NUL"],
  ["an unknown kind", special("V", Buffer.alloc(0)), "unhandled tar header type 86"],
  [
    "a sparse map out of order",
    sparseGnu([
      [512, 3],
      [0, 0],
    ]),
    "out of order",
  ],
  ["a sparse map past its file", sparseGnu([[9000, 3]]), "out of order"],
  ["a sparse map that has less than is stored", sparseGnu([[0, 1]]), "does not fit"],
  ["data after a closing block", Buffer.concat([Buffer.alloc(512), plain]), "closing block"],
])("%s is refused", (_, tar, message) => {
  expect(() => read(tar)).toThrow(message);
});

function sparseGnu(extents: [number, number][]): Buffer {
  return broken((block) => {
    block.write("ustar  \0", 257, "latin1");
    block.write("S", 156, "latin1");
    block.fill(0, 345, 512);
    for (const [index, numbers] of extents.entries())
      for (const [half, value] of numbers.entries())
        block.write(value.toString(8).padStart(11, "0"), 386 + index * 24 + half * 12, "latin1");
    block.write((8192).toString(8).padStart(11, "0"), 483, "latin1");
  });
}

test("an archive may end without closing blocks or padding", () => {
  expect(read(Buffer.alloc(0)).size).toBe(0);
  expect(
    read(Buffer.concat([plain, Buffer.from("abc")]))
      .get("f")
      ?.content.toString(),
  ).toBe("abc");
});
