import { afterEach, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addInitFiles } from "./init-files.ts";
import { mountTargets } from "./mount-targets.ts";

const root = mkdtempSync(join(tmpdir(), "gantry-init-files-"));
afterEach(() => rmSync(root, { recursive: true, force: true }));

function layers(...lay: ((path: string) => void)[]): { upper: string; lower: string[] } {
  const upper = join(root, "upper");
  mkdirSync(upper, { recursive: true });
  const lower = lay.map((fill, index) => {
    const path = join(root, `lower-${index}`);
    mkdirSync(path);
    fill(path);
    return path;
  });
  return { upper, lower };
}

test("what marks a container is there, and counts for no change", () => {
  const { upper, lower } = layers((path) => mkdirSync(join(path, "etc"), { mode: 0o750 }));
  addInitFiles(upper, lower);
  expect(statSync(join(upper, ".dockerenv")).size).toBe(0);
  expect(readlinkSync(join(upper, "etc/mtab"))).toBe("/proc/mounts");
  expect(statSync(join(upper, "etc")).mode & 0o7777).toBe(0o750);
  expect([...mountTargets(upper, lower)].sort()).toEqual([".dockerenv", "etc", "etc/mtab"]);
});

test("what an image has is left alone", () => {
  const { upper, lower } = layers(
    (path) => mkdirSync(join(path, "etc")),
    (path) => {
      mkdirSync(join(path, "etc"));
      writeFileSync(join(path, "etc/mtab"), "own");
      writeFileSync(join(path, ".dockerenv"), "own");
    },
  );
  addInitFiles(upper, lower);
  expect(existsSync(join(upper, ".dockerenv"))).toBe(false);
  expect(existsSync(join(upper, "etc"))).toBe(false);
});

test("an /etc that is a link is not followed, nor are layers that it hides", () => {
  const { upper, lower } = layers(
    (path) => symlinkSync(root, join(path, "etc")),
    (path) => mkdirSync(join(path, "etc")),
  );
  addInitFiles(upper, lower);
  expect(existsSync(join(upper, "etc"))).toBe(false);
  expect(existsSync(join(root, "mtab"))).toBe(false);
});
