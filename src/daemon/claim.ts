import { mkdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { EngineError, errnoOf, messageOf } from "../base/errors.ts";
import { type FileLock, lockFile } from "../linux/file-lock.ts";
import type { EngineConfig } from "./config.ts";

/**
 * Makes the two roots and the pid file this process's own until it ends. Two engines on one root would tear each
 * other's state apart, so the locks are the kernel's and go with the process, even after kill -9.
 */
export function claimRoots(config: EngineConfig): Disposable {
  const locks: FileLock[] = [];
  const release = () => {
    removePidFile(config.pidFile);
    for (const lock of locks.toReversed()) lock.release();
  };
  try {
    locks.push(claim("data root", config.dataRoot, "--data-root", 0o711));
    locks.push(claim("exec root", config.execRoot, "--exec-root", 0o755));
    writePidFile(config.pidFile);
  } catch (error) {
    for (const lock of locks) lock.release();
    throw error;
  }
  return { [Symbol.dispose]: release };
}

function claim(what: string, root: string, flag: string, mode: number): FileLock {
  let lock: FileLock | number;
  try {
    mkdirSync(root, { recursive: true, mode });
    lock = lockSoon(join(root, "engine.lock"));
  } catch (error) {
    const why = errnoOf(error) === "EROFS" ? "the file system is read-only" : messageOf(error);
    throw new EngineError(
      "invalid",
      `the ${what} ${root} cannot be used: ${why}. Choose another with ${flag}`,
      error,
    );
  }
  if (typeof lock !== "number") return lock;
  const holder = lock === 0 ? "another engine" : `another engine (process ${lock})`;
  throw new EngineError(
    "conflict",
    `${holder} already works on the ${what} ${root}. Stop it, or give this one its own --data-root, --exec-root and -H`,
  );
}

/**
 * A child that a killed engine was just starting holds its lock until it has become its own program: that passes in
 * moments, another engine stays.
 */
function lockSoon(path: string): FileLock | number {
  for (const deadline = Date.now() + lockWaitMs; ; Atomics.wait(pause, 0, 0, 20)) {
    const lock = lockFile(path);
    if (typeof lock !== "number" || Date.now() >= deadline) return lock;
  }
}

const lockWaitMs = 500;
const pause = new Int32Array(new SharedArrayBuffer(4));

function writePidFile(path: string): void {
  const holder = Number(readText(path).trim());
  if (holder > 0 && holder !== process.pid && isEngine(holder)) {
    throw new EngineError(
      "conflict",
      `process with PID ${holder} is still running: stop it, delete ${path}, or give another --pidfile`,
    );
  }
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${process.pid}`, { mode: 0o644 });
}

function removePidFile(path: string): void {
  if (readText(path).trim() === String(process.pid)) rmSync(path, { force: true });
}

/** A pid file outlives its process and numbers are reused: only a process of this same program counts. */
function isEngine(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, "") === process.execPath;
  } catch {
    return false;
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
