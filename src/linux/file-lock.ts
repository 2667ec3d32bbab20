import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { errno, libc } from "./libc.ts";

const exclusive = 2;
const nonBlocking = 4;
const setDescriptorFlags = 2;
const closeOnExec = 1;

/** Held until `release` or the end of the process, however that comes. */
export interface FileLock {
  release(): void;
}

/**
 * Takes flock(2) on `path` and writes this process's id into it. Answers the holder's process id (0 where unknown)
 * when somebody else has it. The file itself stays: removing a lock file lets two processes hold it.
 */
export function lockFile(path: string): FileLock | number {
  const descriptor = openSync(path, "a+", 0o600);
  libc.fcntl(descriptor, setDescriptorFlags, closeOnExec);
  if (libc.flock(descriptor, exclusive | nonBlocking) !== 0) {
    const number = errno();
    closeSync(descriptor);
    if (number !== 11) throw new Error(`flock ${path}: errno ${number}`);
    return Number(readFileSync(path, "utf8").trim()) || 0;
  }
  ftruncateSync(descriptor);
  writeSync(descriptor, `${process.pid}\n`);
  return { release: () => closeSync(descriptor) };
}
