import { libc, ptr } from "./libc.ts";

const readAll = 3; // SYSLOG_ACTION_READ_ALL
const tailBytes = 64 * 1024;

/** The end of the kernel's log, some hundred lines, by klogctl(3); empty where that is not allowed. */
export function kernelLogTail(): string {
  const buffer = Buffer.alloc(tailBytes);
  const length = libc.klogctl(readAll, ptr(buffer), buffer.length);
  return length > 0 ? buffer.subarray(0, length).toString() : "";
}

/**
 * The name of the process that was last ended for want of memory in a control group or below it; undefined where the log
 * does not tell (any more).
 */
export function oomVictim(cgroupPath: string, log = kernelLogTail()): string | undefined {
  const group = `task_memcg=${cgroupPath}`;
  const lines = log.split("\n").filter((line) => {
    const at = line.indexOf(group);
    return at >= 0 && /^[,/]/.test(line.slice(at + group.length)) && line.includes("oom-kill:");
  });
  return /,task=(.*?),pid=\d+/.exec(lines.at(-1) ?? "")?.[1];
}
