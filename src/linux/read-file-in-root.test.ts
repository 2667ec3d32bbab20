import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readFileInRoot } from "./read-file-in-root.ts";

const outside = mkdtempSync(join(tmpdir(), "runtime-root-"));
const root = join(outside, "root");
mkdirSync(join(root, "etc"), { recursive: true });
writeFileSync(join(outside, "secret"), "outside");
writeFileSync(join(root, "secret"), "inside");
symlinkSync("../../secret", join(root, "etc", "passwd"));
symlinkSync("/secret", join(root, "etc", "absolute"));
symlinkSync("loop", join(root, "etc", "loop"));
symlinkSync("/etc", join(root, "link"));
afterAll(() => rmSync(outside, { recursive: true }));

test("links are resolved inside, however they try", () => {
  expect(readFileInRoot(root, "/etc/passwd")).toBe("inside");
  expect(readFileInRoot(root, "/etc/absolute")).toBe("inside");
  expect(readFileInRoot(root, "/../secret")).toBe("inside");
  expect(readFileInRoot(root, "/etc/loop")).toBeUndefined();
  expect(readFileInRoot(root, "/none")).toBeUndefined();
  expect(readFileInRoot(root, "/etc")).toBe("");
});
