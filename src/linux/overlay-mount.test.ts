import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { release, tmpdir } from "node:os";
import { join } from "node:path";
import { listMounts, unmount } from "./mount.ts";
import { mountOverlay } from "./overlay-mount.ts";

let base: string;

function linuxBefore(major: number, minor: number): boolean {
  const [ours = 0, its = 0] = release().split(".").map(Number);
  return ours < major || (ours === major && its < minor);
}

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "gantry-overlay-"));
});

afterEach(() => {
  unmount(join(base, "mnt"));
  rmSync(base, { recursive: true, force: true });
});

function makeParts(count: number, name: (index: number) => string) {
  const lower = Array.from({ length: count }, (_, index) => join(base, name(index), "diff"));
  for (const [index, directory] of lower.entries()) {
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, `f${index}`), String(index));
    writeFileSync(join(directory, "same"), String(index));
  }
  const [upper, work] = [join(base, "w", "upper"), join(base, "w", "work")];
  for (const directory of [upper, work, join(base, "mnt")]) mkdirSync(directory, { recursive: true });
  return { lower, upper, work };
}

const longPath = (index: number) => `${"a,b:".repeat(12)}${index}`;

test.skipIf(linuxBefore(6, 8))("127 layers with long paths are mounted, the first on top", () => {
  mountOverlay(makeParts(127, longPath), join(base, "mnt"), base);
  expect(readdirSync(join(base, "mnt"))).toHaveLength(128);
  expect(readFileSync(join(base, "mnt", "same"), "utf8")).toBe("0");
});

test("127 layers with short names fit the option string of older kernels", () => {
  mountOverlay(
    makeParts(127, (index) => `k3v9x2a${index}`),
    join(base, "mnt"),
    base,
    { singleLayers: false },
  );
  expect(readdirSync(join(base, "mnt"))).toHaveLength(128);
});

test("more than one option string holds is refused, not cut off", () => {
  expect(() =>
    mountOverlay(makeParts(127, longPath), join(base, "mnt"), base, { singleLayers: false }),
  ).toThrow("127 layers");
});

test("the view does what a layer can record: no redirects, no metadata-only copies", () => {
  mountOverlay(
    makeParts(1, () => "one"),
    join(base, "mnt"),
    base,
  );
  const options = listMounts().find((mount) => mount.target === join(base, "mnt"))?.superOptions ?? "";
  expect(options).not.toMatch(/redirect_dir=on|metacopy=on|index=on/);
});

test("a missing part is an error that names it", () => {
  const parts = makeParts(1, () => "one");
  expect(() => mountOverlay({ ...parts, lower: [join(base, "none")] }, join(base, "mnt"), base)).toThrow(
    "none",
  );
});

for (const singleLayers of [true, false])
  test(`a volatile one takes its work directory once (${singleLayers ? "by context" : "by string"})`, () => {
    const parts = { ...makeParts(1, () => "one"), volatile: true };
    const target = join(base, "mnt");
    mountOverlay(parts, target, base, { singleLayers });
    expect(listMounts().find((mount) => mount.target === target)?.superOptions).toContain("volatile");
    writeFileSync(join(target, "new"), "1");
    unmount(target);
    expect(readFileSync(join(parts.upper, "new"), "utf8")).toBe("1");
    expect(() => mountOverlay(parts, target, base, { singleLayers })).toThrow();
  });
