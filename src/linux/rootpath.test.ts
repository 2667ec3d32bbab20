import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { descriptorPath, makeDirectoriesInRoot, resolvePathInRoot, withPathInRoot } from "./rootpath.ts";

const work = realpathSync(mkdtempSync(join(tmpdir(), "gantry-rootpath-")));
const root = join(work, "root");
const outside = join(work, "outside");
const read = (path: string) => withPathInRoot(root, path, (pinned) => readFileSync(pinned, "utf8"));
const make = (path: string) => closeSync(makeDirectoriesInRoot(root, path));

beforeAll(() => {
  mkdirSync(join(root, "etc"), { recursive: true });
  mkdirSync(join(root, "deep/er"), { recursive: true });
  mkdirSync(outside);
  writeFileSync(join(root, "etc/hostname"), "inside");
  writeFileSync(join(outside, "hostname"), "outside");
  symlinkSync("/etc", join(root, "absolute"));
  symlinkSync("../../../../../../../../../etc", join(root, "deep/er/climb"));
  symlinkSync(outside, join(root, "host"));
  symlinkSync("/proc/self/root", join(root, "magic"));
  symlinkSync("loop", join(root, "loop"));
  symlinkSync("/not/yet", join(root, "dangling"));
  symlinkSync("not/yet/either", join(root, "deep/dangling"));
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

describe("a path inside a root", () => {
  test.each([
    "etc/hostname",
    "/etc/hostname",
    "/../../etc/hostname",
    "absolute/hostname",
    "deep/er/climb/hostname",
    "deep/er/../er/climb/../etc/hostname",
  ])("%s stays there", (path) => {
    expect(read(path)).toBe("inside");
    expect(resolvePathInRoot(root, path)).toBe(join(root, "etc/hostname"));
  });

  test.each([
    ["host/hostname", "ENOENT"],
    ["nothing", "ENOENT"],
    ["etc/hostname/x", "ENOTDIR"],
    ["loop", "ELOOP"],
    ["magic/etc", "ENOENT"],
  ])("%s is refused", (path, code) => {
    expect(() => read(path)).toThrow(code);
  });

  test("a link of /proc that the kernel would follow anywhere is refused", () => {
    expect(() => withPathInRoot("/", "/proc/self/root/etc", () => 0)).toThrow("ELOOP");
  });

  test("a NUL byte does not cut a path short", () => {
    expect(() => read("etc/hostname\0x")).toThrow("NUL");
  });
});

describe("directories made inside a root", () => {
  test("with the mode asked for, through links, and for each new one a call", () => {
    const made: number[] = [];
    const descriptor = makeDirectoriesInRoot(root, "/absolute/a/b", 0o700, (path) => {
      chmodSync(path, 0o750);
      made.push(statSync(path).ino);
    });
    expect(statSync(descriptorPath(descriptor)).ino).toBe(statSync(join(root, "etc/a/b")).ino);
    closeSync(descriptor);
    expect(made).toEqual([statSync(join(root, "etc/a")).ino, statSync(join(root, "etc/a/b")).ino]);
    expect(statSync(join(root, "etc/a")).mode & 0o777).toBe(0o750);
  });

  test("where a dangling link points, seen from inside", () => {
    make("dangling/x");
    expect(existsSync(join(root, "not/yet/x"))).toBeTrue();
    make("deep/dangling/y");
    expect(existsSync(join(root, "deep/not/yet/either/y"))).toBeTrue();
    make("host/z");
    expect(existsSync(join(root, outside, "z"))).toBeTrue();
    expect(existsSync(join(outside, "z"))).toBeFalse();
  });

  test("those that are there are answered as they are", () => {
    make("/etc");
    make("/");
    make("..");
    expect(() => make("etc/hostname/x")).toThrow("ENOTDIR");
    expect(() => make("etc/hostname")).toThrow("ENOTDIR");
    expect(() => make("loop/x")).toThrow("ELOOP");
  });
});

// CVE-2018-15664 and its kind: something in the container swaps a directory for a link while the engine looks.
test("a link swapped in meanwhile leads nowhere", async () => {
  const swap = `
    const { mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync } = require("node:fs");
    process.chdir(${JSON.stringify(root)});
    const begin = () => {
      rmSync("race", { recursive: true, force: true });
      mkdirSync("race/real", { recursive: true });
    };
    begin();
    console.log("ready");
    for (;;) {
      try {
        symlinkSync(${JSON.stringify(outside)}, "race/next");
        renameSync("race/real", "race/kept");
        renameSync("race/next", "race/real");
        unlinkSync("race/real");
        renameSync("race/kept", "race/real");
      } catch {
        begin();
      }
    }`;
  const swapper = spawn(process.execPath, ["-e", swap], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    await once(swapper.stdout, "data");
    let seen = 0;
    for (let step = 0; step < 4000; step++) {
      try {
        const place = resolvePathInRoot(root, "race/real/../real");
        expect(place.startsWith(root)).toBeTrue();
        closeSync(makeDirectoriesInRoot(root, `race/real/made${step % 8}`));
        seen += 1;
      } catch (error) {
        expect((error as Error).message).toMatch(/ENOENT|ENOTDIR|EAGAIN|EEXIST/);
      }
    }
    expect(seen).toBeGreaterThan(0);
  } finally {
    const ended = once(swapper, "exit");
    swapper.kill("SIGKILL");
    await ended;
  }
  expect(existsSync(join(outside, "made0"))).toBeFalse();
}, 60_000);
