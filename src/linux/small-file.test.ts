import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readTextIfThere } from "./small-file.ts";

let directory = "";
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "gantry-small-file-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test("reads a file whole", async () => {
  const path = join(directory, "text");
  const text = "ä€".repeat(100_000);
  writeFileSync(path, text);
  expect(await readTextIfThere(path)).toBe(text);
});

test("a file that is not there is no error", async () => {
  writeFileSync(join(directory, "file"), "");
  expect(await readTextIfThere(join(directory, "none"))).toBeUndefined();
  expect(await readTextIfThere(join(directory, "file", "below"))).toBeUndefined();
});
