import { afterEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GroupFiles } from "./cgroup-files.ts";

const directory = mkdtempSync(join(tmpdir(), "gantry-group-files-"));
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

test("held files say what they say now, from their beginning, until they are closed", () => {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, "pids.current");
  const files = new GroupFiles();
  expect(files.text("pids.current")).toBeUndefined();
  writeFileSync(path, "1\n");
  expect(files.open("pids.current", path)).toBe("1\n");
  writeFileSync(path, "22\n");
  expect(files.text("pids.current")).toBe("22\n");
  expect(opened()).toEqual([path]);
  files.close();
  expect([opened(), files.text("pids.current")]).toEqual([[], undefined]);
});

test("a file that the kernel has not is nothing, and what is too long for one read is left to the other way", () => {
  mkdirSync(directory, { recursive: true });
  const files = new GroupFiles();
  expect(files.open("memory.peak", join(directory, "memory.peak"))).toBeUndefined();
  writeFileSync(join(directory, "long"), "x".repeat(40_000));
  expect(files.open("long", join(directory, "long"))).toBeUndefined();
  expect(opened()).toEqual([]);
});

/** This process's descriptors of files in the directory. */
function opened(): string[] {
  return readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      return target.startsWith(directory) ? [target] : [];
    } catch {
      return [];
    }
  });
}
