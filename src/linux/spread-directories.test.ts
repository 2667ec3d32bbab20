import { expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spreadDirectories } from "./spread-directories.ts";

const ext4Magic = 0xef53;

test.skipIf(statfsSync(tmpdir()).type !== ext4Magic)("on ext4 the directory gets the flag", () => {
  const directory = mkdtempSync(join(tmpdir(), "gantry-spread-"));
  spreadDirectories(directory);
  spreadDirectories(directory);
  expect(spawnSync("lsattr", ["-d", directory]).stdout.toString().split(" ")[0]).toContain("T");
  rmSync(directory, { recursive: true });
});

test("elsewhere nothing happens", () => {
  spreadDirectories("/proc/self");
});
