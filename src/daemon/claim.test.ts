import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { claimRoots } from "./claim.ts";
import { loadConfig } from "./config.ts";
import { parseCommandLine } from "./flags.ts";
import { checkOverlay } from "./preflight.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "gantry-claim-"));
  writeFileSync(join(directory, "daemon.json"), "{}");
});
afterEach(() => rmSync(directory, { recursive: true }));

function configOf(data: string, exec: string) {
  const roots = ["--data-root", join(directory, data), "--exec-root", join(directory, exec)];
  return loadConfig(parseCommandLine(["--config-file", join(directory, "daemon.json"), ...roots]));
}

test("one engine on a root; the next learns who has it", () => {
  const config = configOf("data", "exec");
  using _claim = claimRoots(config);
  expect(readFileSync(config.pidFile, "utf8")).toBe(String(process.pid));
  expect(() => claimRoots(configOf("data", "exec2"))).toThrow(
    `another engine (process ${process.pid}) already works on the data root ${config.dataRoot}`,
  );
  expect(() => claimRoots(configOf("data2", "exec"))).toThrow("already works on the exec root");
});

test("other roots live side by side, and a root is free again afterwards", () => {
  {
    using _one = claimRoots(configOf("a", "a-run"));
    using _two = claimRoots(configOf("b", "b-run"));
  }
  using _again = claimRoots(configOf("a", "a-run"));
});

test("the lock does not reach children, so that one that lives on holds nothing", () => {
  const claim = claimRoots(configOf("a", "a-run"));
  const child = Bun.spawn(["sleep", "1000"]);
  claim[Symbol.dispose]();
  using _again = claimRoots(configOf("a", "a-run"));
  child.kill();
});

test("a pid file of a dead or foreign process is no hindrance", () => {
  const config = configOf("a", "a-run");
  claimRoots(config)[Symbol.dispose]();
  writeFileSync(config.pidFile, "1");
  using _claim = claimRoots(config);
  expect(readFileSync(config.pidFile, "utf8")).toBe(String(process.pid));
});

test("a root that cannot be written is named", () => {
  expect(() => claimRoots({ ...configOf("a", "b"), dataRoot: "/proc/nothing" })).toThrow(
    "the data root /proc/nothing cannot be used",
  );
});

test("an overlay can be mounted on a plain directory, and nothing of the probe stays", () => {
  checkOverlay(directory);
  checkOverlay(directory);
  expect(() => checkOverlay("/proc")).toThrow("/proc");
});
