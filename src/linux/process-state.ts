import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { check, libc } from "./libc.ts";

const socketLevel = 1;
const socketDomain = 39;
const unixFamily = 1;
const setDescriptorFlags = 2;
const closeOnExec = 1;

/**
 * Undoes what a parent may have left in this process: with SIGCHLD ignored the kernel reaps our children and their
 * exit codes are lost; the others, ignored by `nohup` or a shell's `&`, would be ignored in what we start.
 */
export function resetInheritedSignals(): void {
  const mask = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
  const ignored = BigInt(`0x${mask}`);
  for (const name of ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGCHLD"] as const) {
    const signal = constants.signals[name];
    if ((ignored >> BigInt(signal - 1)) & 1n) libc.signal(signal, 0);
  }
}

/** Keeps an inherited descriptor from reaching our own children. */
export function setCloseOnExec(descriptor: number): void {
  libc.fcntl(descriptor, setDescriptorFlags, closeOnExec);
}

/** Whether an inherited descriptor is a unix socket (SO_DOMAIN; socket(7)). Throws ENOTSOCK where it is no socket. */
export function isUnixSocket(descriptor: number): boolean {
  const value = new Int32Array(1);
  const length = new Uint32Array([value.byteLength]);
  check(libc.getsockopt(descriptor, socketLevel, socketDomain, value, length), "getsockopt");
  return value[0] === unixFamily;
}
