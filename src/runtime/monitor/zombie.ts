import { readFileSync } from "node:fs";

/** Whether a process has ended, and is gone or waits for its parent (proc_pid_stat(5): the field after the last parenthesis). */
export function isZombie(pid: number): boolean {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.charAt(text.lastIndexOf(")") + 2) === "Z";
  } catch {
    return true;
  }
}
