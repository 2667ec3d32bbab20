import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exitReason } from "./exit-reason.ts";
import { startReason } from "./start-reason.ts";

const exit = (exitCode: number, more = {}) => ({
  exitCode,
  finishedAt: new Date(),
  oomKilled: false,
  ...more,
});
const alone = { byUser: false };
const mebibyte = 1024 * 1024;

test("out of memory: who, and how much of what", () => {
  const oom = { task: "python", usedBytes: 512 * mebibyte, limitBytes: 512 * mebibyte };
  expect(exitReason(exit(137, { oom }), alone)).toBe("OOM: python used 512 MiB of 512 MiB");
  const unknown = { limitBytes: 20 * mebibyte };
  expect(exitReason(exit(1, { oom: unknown }), alone)).toBe("OOM: a process used 20 MiB of 20 MiB");
  expect(exitReason(exit(137, { oom: { task: "x", limitBytes: Infinity } }), alone)).toBe(
    "OOM: x was ended as the machine had no memory left",
  );
});

test("signals, and whose they were", () => {
  expect(exitReason(exit(137), alone)).toBe("signal 9 (SIGKILL), not sent through this engine");
  expect(exitReason(exit(139), alone)).toBe("signal 11 (SIGSEGV), not sent through this engine");
  expect(exitReason(exit(143), { byUser: true })).toBe("ended by SIGTERM as asked");
});

test("an exit code that says it all has no reason", () => {
  for (const code of [0, 1, 3, 127, 128, 255]) expect(exitReason(exit(code), alone)).toBe("");
});

test("unhealthy and unseen ends", () => {
  expect(exitReason(exit(143), { byUser: false, unhealthy: "timeout\nmore" })).toBe("unhealthy: timeout");
  expect(exitReason(exit(0), { byUser: false, unhealthy: " " })).toBe("unhealthy: its probes failed");
  expect(exitReason(exit(255, { unseen: true }), alone)).toBe("the machine went down while it ran");
});

let root = "";
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "gantry-reason-"));
  mkdirSync(join(root, "bin"));
  writeFileSync(join(root, "bin", "python3"), "");
  // An image that points out of itself shows nothing of the host.
  symlinkSync("/etc", join(root, "out"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const reasonFor = (command: string, PATH = "/nowhere:/bin:/out") =>
  startReason(new Error(`exec: "${command}": executable file not found in $PATH`), {
    command,
    env: [`PATH=${PATH}`],
    root,
  });

test("a command that is not there: what was likely meant, found inside the container only", () => {
  expect(reasonFor("pyhton3")).toBe("command not found: pyhton3: did you mean python3?");
  expect(reasonFor("/bin/pyton3")).toBe("command not found: /bin/pyton3: did you mean /bin/python3?");
  expect(reasonFor("passwdd")).toBe("command not found: passwdd");
});

test("of every other failure what is wrong, not the way there", () => {
  const message =
    'failed to create task for container: OCI runtime create failed: error during container init: exec: "/etc": is a directory: permission denied';
  expect(startReason(new Error(message), { command: "/etc", env: [], root })).toBe(
    'exec: "/etc": is a directory: permission denied',
  );
});
