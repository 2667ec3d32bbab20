import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { copyTree } from "./copytree.ts";
import { FileKind, makeNode, setFileTime } from "./special-files.ts";
import { getXattr, setXattr } from "./xattr.ts";

const work = realpathSync(mkdtempSync(join(tmpdir(), "gantry-copytree-")));
const from = join(work, "from");
const to = join(work, "to");
/** cap_net_raw+ep as setcap writes it: bytes that are no text. */
const capability = Buffer.from("0100000200200000000000000000000000000000", "hex");

beforeEach(() => {
  for (const directory of [from, to]) {
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory);
  }
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** All that must be the same in a copy. */
function account(root: string): Record<string, unknown> {
  const inodes = new Map<bigint, number>();
  const found: Record<string, unknown> = {};
  for (const path of [".", ...readdirSync(root, { recursive: true, encoding: "utf8" }).sort()]) {
    const status = lstatSync(join(root, path), { bigint: true });
    if (!inodes.has(status.ino)) inodes.set(status.ino, inodes.size);
    found[path] = {
      mode: status.mode.toString(8),
      owner: `${status.uid}:${status.gid}`,
      mtime: status.mtimeNs,
      device: status.rdev,
      size: status.isDirectory() ? 0n : status.size,
      same: status.isDirectory() ? 0 : inodes.get(status.ino),
      target: status.isSymbolicLink() ? readlinkSync(join(root, path)) : "",
    };
  }
  return found;
}

test("everything a file system keeps", () => {
  mkdirSync(join(from, "a/b"), { recursive: true });
  writeFileSync(join(from, "a/file"), "content");
  writeFileSync(join(from, "a/setuid"), "x");
  chownSync(join(from, "a/setuid"), 12, 34);
  chmodSync(join(from, "a/setuid"), 0o6755);
  setXattr(join(from, "a/setuid"), "security.capability", capability);
  setXattr(join(from, "a/file"), "user.bytes", Buffer.from([0, 255, 0]));
  linkSync(join(from, "a/file"), join(from, "a/b/hard"));
  symlinkSync("/etc/passwd", join(from, "link"));
  lchownSync(join(from, "link"), 5, 6);
  makeNode(join(from, "null"), FileKind.char, 0o666, 1, 3);
  makeNode(join(from, "pipe"), FileKind.fifo, 0o600);
  makeNode(join(from, "socket"), 0o140000, 0o700);
  linkSync(join(from, "null"), join(from, "a/null"));
  setFileTime(join(from, "a/file"), { seconds: -5, nanoseconds: 123_456_789 });
  setFileTime(join(from, "link"), { seconds: 1000, nanoseconds: 1 });
  setXattr(join(from, "a"), "trusted.mark", Buffer.from("dir"));
  setFileTime(join(from, "a"), { seconds: 86_400, nanoseconds: 0 });
  chownSync(from, 999, 998);
  chmodSync(from, 0o1775);

  expect(copyTree(from, to)).toBe(10);
  expect(account(to)).toEqual(account(from));
  expect(readFileSync(join(to, "a/b/hard"), "utf8")).toBe("content");
  expect(getXattr(join(to, "a/setuid"), "security.capability")).toEqual(capability);
  expect(getXattr(join(to, "a/file"), "user.bytes")).toEqual(Buffer.from([0, 255, 0]));
  expect(getXattr(join(to, "a"), "trusted.mark")?.toString()).toBe("dir");
});

test("holes stay holes, also at the end", () => {
  const sparse = join(from, "sparse");
  const descriptor = openSync(sparse, "w");
  writeSync(descriptor, Buffer.from("start"), 0, 5, 0);
  writeSync(descriptor, Buffer.from("middle"), 0, 6, 64 * 1024 * 1024);
  closeSync(descriptor);
  truncateSync(sparse, 256 * 1024 * 1024);
  writeFileSync(join(from, "hole"), "");
  truncateSync(join(from, "hole"), 1024 * 1024);
  copyTree(from, to);
  expect(statSync(join(to, "sparse")).size).toBe(256 * 1024 * 1024);
  expect(statSync(join(to, "sparse")).blocks).toBeLessThan(100);
  expect(statSync(join(to, "hole")).blocks).toBe(0);
  expect(spawnSync("cmp", [sparse, join(to, "sparse")]).status).toBe(0);
});

test("names need not be text", () => {
  const name = Buffer.from([0x61, 0xff, 0xfe]);
  const path = (root: string) => Buffer.concat([Buffer.from(`${root}/`), name]);
  writeFileSync(path(from), "x");
  mkdirSync(join(from, "d"));
  linkSync(path(from), Buffer.concat([Buffer.from(`${from}/d/`), name]));
  symlinkSync(name, join(from, "link"));
  copyTree(from, to);
  expect(readFileSync(path(to), "utf8")).toBe("x");
  expect(lstatSync(path(to)).nlink).toBe(2);
  expect(readlinkSync(join(to, "link"), { encoding: "buffer" })).toEqual(name);
});

describe("done again", () => {
  test("it finishes what an interrupted one left, and keeps what is there", () => {
    for (let index = 0; index < 50; index++) {
      mkdirSync(join(from, `d${index}`));
      writeFileSync(join(from, `d${index}/f`), `content ${index}`);
    }
    writeFileSync(join(from, "mine"), "theirs");
    writeFileSync(join(to, "mine"), "mine");
    setFileTime(join(to, "mine"), { seconds: 1, nanoseconds: 0 });
    mkdirSync(join(to, "d1"), { mode: 0o700 });
    writeFileSync(join(to, "d1/.gantry-copy-0123456789abcdef"), "half");
    expect(copyTree(from, to)).toBe(99);
    expect(readFileSync(join(to, "mine"), "utf8")).toBe("mine");
    expect(readdirSync(join(to, "d1"))).toEqual(["f"]);
    expect(statSync(join(to, "d1")).mode & 0o777).toBe(0o755);
    expect(copyTree(from, to)).toBe(0);
  });

  test("it replaces a copy that the disk lost the end of", () => {
    writeFileSync(join(from, "f"), "content");
    writeFileSync(join(to, "f"), "");
    const { mtimeNs } = lstatSync(join(from, "f"), { bigint: true });
    setFileTime(join(to, "f"), {
      seconds: Number(mtimeNs / 1_000_000_000n),
      nanoseconds: Number(mtimeNs % 1_000_000_000n),
    });
    copyTree(from, to);
    expect(readFileSync(join(to, "f"), "utf8")).toBe("content");
  });

  test("a kill at any moment leaves no half file under its name", async () => {
    const content = Buffer.alloc(3 * 1024 * 1024, "x");
    for (let index = 0; index < 20; index++) writeFileSync(join(from, `f${index}`), content);
    const module = join(import.meta.dir, "copytree.ts");
    const script = `require(${JSON.stringify(module)}).copyTree(${JSON.stringify(from)}, ${JSON.stringify(to)})`;
    const copier = spawn(process.execPath, ["-e", script], { stdio: "inherit" });
    const ended = once(copier, "exit");
    while (readdirSync(to).length < 5 && copier.exitCode === null) await new Promise(setImmediate);
    copier.kill("SIGKILL");
    await ended;
    for (const name of readdirSync(to).filter((entry) => entry.startsWith("f"))) {
      expect(statSync(join(to, name)).size).toBe(content.length);
    }
    copyTree(from, to);
    expect(account(to)).toEqual(account(from));
  });
});

test("links in the destination lead nowhere", () => {
  const outside = join(work, "outside");
  mkdirSync(outside, { recursive: true });
  mkdirSync(join(from, "d"));
  writeFileSync(join(from, "d/f"), "x");
  symlinkSync(outside, join(to, "d"));
  expect(() => copyTree(from, to)).toThrow(/ENOTDIR|ELOOP/);
  expect(existsSync(join(outside, "f"))).toBeFalse();
});
