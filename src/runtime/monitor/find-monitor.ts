import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Only after a crash between a monitor's start and the note of its number. */
export function findMonitor(id: string): number | undefined {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .find((pid) => isMonitorOf(pid, id));
}

/** Whether a process is a monitor of the container: its number may be another program's by now. */
export function isMonitorOf(pid: number, id: string): boolean {
  return commandLine(pid).split("\0").includes(`--cid=${id}`);
}

/**
 * Whether the process has begun a program whose command line the kernel has not set down yet (execve(2): who spawned it goes on
 * before that). The line of kernel threads and of the dead is empty, too, but they have no program.
 */
export function isBeginning(pid: number): boolean {
  return commandLine(pid) === "" && hasProgram(pid);
}

/** Its arguments, each ended by a zero byte; empty where there is no such process. */
function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

function hasProgram(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/exe`) !== "";
  } catch {
    return false;
  }
}
