import { readdirSync, readFileSync } from "node:fs";

/** Only after a crash between a monitor's start and the note of its number. */
export function findMonitor(id: string): number | undefined {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .find((pid) => isMonitorOf(pid, id));
}

/** Whether a process is a monitor of the container: its number may be another program's by now. */
export function isMonitorOf(pid: number, id: string): boolean {
  try {
    const args = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    return args.includes(`--cid=${id}`);
  } catch {
    return false;
  }
}
