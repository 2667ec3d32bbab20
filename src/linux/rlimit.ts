import { readFileSync } from "node:fs";
import { ptr } from "bun:ffi";
import { check, libc } from "./libc.ts";

export interface Rlimit {
  soft: number;
  hard: number;
}

/** getrlimit(2)'s "unlimited"; as the kernel prints and runtimes read it, 2^64 - 1 does not fit a JSON number. */
export const unlimited = Number.POSITIVE_INFINITY;

/** Names of `ulimit`-like options by the first words of their line in /proc/PID/limits. */
const rows: Record<string, string> = {
  core: "Max core file size",
  cpu: "Max cpu time",
  data: "Max data size",
  fsize: "Max file size",
  locks: "Max file locks",
  memlock: "Max locked memory",
  msgqueue: "Max msgqueue size",
  nice: "Max nice priority",
  nofile: "Max open files",
  nproc: "Max processes",
  rss: "Max resident set",
  rtprio: "Max realtime priority",
  rttime: "Max realtime timeout",
  sigpending: "Max pending signals",
  stack: "Max stack size",
};

export const rlimitNames: ReadonlySet<string> = new Set(Object.keys(rows));

/** This process's limits by name: a child's hard limits are at most these without CAP_SYS_RESOURCE. */
export function ownRlimits(): Map<string, Rlimit> {
  const text = readFileSync("/proc/self/limits", "utf8");
  const limits = new Map<string, Rlimit>();
  for (const [name, words] of Object.entries(rows)) {
    const line = text.split("\n").find((candidate) => candidate.startsWith(words));
    const [soft, hard] = line?.slice(words.length).trim().split(/\s+/) ?? [];
    if (soft !== undefined && hard !== undefined) limits.set(name, { soft: limit(soft), hard: limit(hard) });
  }
  return limits;
}

function limit(text: string): number {
  return text === "unlimited" ? unlimited : Number(text);
}

/** RLIMIT_* of asm-generic/resource.h, of those that are set from outside. */
const numbers = { RLIMIT_FSIZE: 1, RLIMIT_NOFILE: 7 };
export type OuterRlimit = keyof typeof numbers;

/** Sets a limit of another process, which then has it for good: prlimit(2). Throws EPERM where that is not allowed. */
export function setRlimit(pid: number, name: OuterRlimit, { soft, hard }: Rlimit): void {
  const values = new BigUint64Array([toKernel(soft), toKernel(hard)]);
  check(libc.prlimit(pid, numbers[name], ptr(values), null), "prlimit", `${name} of process ${pid}`);
}

function toKernel(value: number): bigint {
  return value >= 2 ** 64 ? 2n ** 64n - 1n : BigInt(value);
}
