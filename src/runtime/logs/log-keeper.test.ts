import { afterAll, expect, test } from "bun:test";
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Log } from "../../base/log.ts";
import { keepingOf, monitorBytes } from "./keeping.ts";
import { LogDirectory, type Segment } from "./log-directory.ts";
import { LogKeeper } from "./log-keeper.ts";
import { applyRetention, planRetention } from "./retention.ts";

const root = mkdtempSync(join(tmpdir(), "log-keeper-"));
afterAll(() => rmSync(root, { recursive: true }));
const mebibyte = 1024 * 1024;
const line = `2026-01-01T00:00:00.000000000+00:00 stdout F ${"x".repeat(54)}\n`;

test("what drivers keep, and what bounds a monitor that is left alone", () => {
  expect(keepingOf("none", {})).toBeUndefined();
  expect(keepingOf("local", {})).toEqual({
    segmentBytes: 20 * mebibyte,
    keptBytes: 100 * mebibyte,
    compress: true,
  });
  expect(keepingOf("json-file", {})).toEqual({ segmentBytes: 20 * mebibyte, compress: true });
  expect(keepingOf("json-file", { "max-size": "10k", "max-file": "3" })?.keptBytes).toBe(30 * 1024);
  expect(monitorBytes({ segmentBytes: 1, compress: false })).toBeUndefined();
  expect(monitorBytes({ segmentBytes: 1, keptBytes: 10, compress: false })).toBe(8 * mebibyte);
  expect(monitorBytes({ segmentBytes: 1, keptBytes: 100 * mebibyte, compress: false })).toBe(50 * mebibyte);
});

function sized(...sizes: number[]): Segment[] {
  return sizes.map((sizeBytes, index) => ({ number: index + 1, path: "", compressed: false, sizeBytes }));
}

test.each([
  ["within the bound nothing goes", [10, 10, 5], 30, true, 0, undefined],
  ["the oldest goes when the rest is enough", [10, 10, 10, 5], 30, true, 1, undefined],
  ["one file: only what is written to stays", [10, 10, 5], 10, true, 2, undefined],
  ["a burst is cut to its end", [100, 5], 30, true, 0, 25],
  ["not what is written to", [100], 30, true, 0, undefined],
  ["at the end that, too", [100], 30, false, 0, 30],
] as const)("%s", (_title, sizes, keptBytes, writing, removed, trimmedTo) => {
  const plan = planRetention(sized(...sizes), { segmentBytes: 10, keptBytes, compress: false }, writing);
  expect([plan.remove.length, plan.trim?.toBytes]).toEqual([removed, trimmedTo]);
});

test("trimming keeps whole records", () => {
  const log = new LogDirectory(join(root, "trim"));
  log.prepare();
  appendFileSync(log.current, line.repeat(50));
  log.finish();
  applyRetention(log, { segmentBytes: 100, keptBytes: 250, compress: false }, false);
  expect(log.segments().map(({ sizeBytes }) => sizeBytes)).toEqual([200]);
});

/** Begins a new file as conmon does. */
function begin(log: LogDirectory, text: string): void {
  writeFileSync(`${log.current}.tmp`, text);
  renameSync(`${log.current}.tmp`, log.current);
}

test("has the monitor begin new segments, keeps those, and compresses them", async () => {
  using keeper = new LogKeeper(new Log("fatal"));
  const output = {
    directory: join(root, "kept"),
    keeping: { segmentBytes: 1000, keptBytes: 3000, compress: true },
  };
  const log = new LogDirectory(output.directory);
  await keeper.prepare("one", output);
  // Of an engine that died while it compressed.
  writeFileSync(join(log.path, "1.2.zst.tmp"), "");
  let rotations = 0;
  const rotated = Promise.withResolvers<void>();
  keeper.watch("one", output, () => {
    rotations += 1;
    begin(log, line.repeat(12));
    if (rotations === 5) rotated.resolve();
  });
  expect(existsSync(join(log.path, "1.2.zst.tmp"))).toBe(false);
  appendFileSync(log.current, line.repeat(12));
  await rotated.promise;
  await keeper.settle("one");
  expect(log.segments().reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)).toBeLessThanOrEqual(3000);
  // The last was full: the next monitor begins a new one.
  expect(existsSync(log.current)).toBe(false);
  while (readdirSync(log.path).some((name) => !name.endsWith(".zst"))) await Bun.sleep(20);
  expect(log.segments().every(({ compressed }) => compressed)).toBe(true);
});
