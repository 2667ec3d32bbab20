import { closeSync, constants, openSync, readSync, rmSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { errnoOf } from "../../base/errors.ts";
import type { ProcessHandle } from "../../linux/pidfd.ts";
import type { RuntimeKind } from "../runtimes.ts";

/** How long runc's first process may take from `create`'s end to its FIFO. */
const maxWaitMs = 10_000;

/**
 * Lets a created container run by opening the FIFO its first process waits at: all that `crun start` and `runc start`
 * do for a container without hooks, for none of their cost. Answers false where the runtime's own command is needed.
 */
export async function startByFifo(
  kind: RuntimeKind,
  stateDirectory: string,
  first: ProcessHandle,
): Promise<boolean> {
  const fifo = join(stateDirectory, "exec.fifo");
  if (kind === "crun") return releaseCrun(fifo);
  if (kind === "runc") return releaseRunc(fifo, first);
  return false;
}

/** crun's first process reads one byte; that the FIFO is gone marks the container as running. */
function releaseCrun(fifo: string): boolean {
  let fd: number;
  try {
    fd = openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    const code = errnoOf(error);
    if (code === "ENOENT" || code === "ENXIO") return false;
    throw error;
  }
  try {
    unlinkSync(fifo);
    writeSync(fd, "\0");
  } finally {
    closeSync(fd);
  }
  return true;
}

/** runc's first process blocks in opening the FIFO for writing, writes one byte, and goes on to exec. */
async function releaseRunc(fifo: string, first: ProcessHandle): Promise<boolean> {
  let fd: number;
  try {
    fd = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return false;
    throw error;
  }
  try {
    const byte = Buffer.alloc(1);
    for (const deadline = Date.now() + maxWaitMs; !readByte(fd, byte); await delay(1)) {
      if (!first.exists() || Date.now() > deadline) return false;
    }
  } finally {
    closeSync(fd);
  }
  rmSync(fifo, { force: true });
  return true;
}

/** An end of file means that the other side has not opened the FIFO yet. */
function readByte(fd: number, into: Buffer): boolean {
  try {
    return readSync(fd, into, 0, 1, null) === 1;
  } catch (error) {
    if (errnoOf(error) === "EAGAIN") return false;
    throw error;
  }
}
