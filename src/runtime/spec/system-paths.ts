import { existsSync, readdirSync } from "node:fs";
import type { HostConfig } from "../../spec/api/container.ts";
import { parseSecurityOptions } from "./security-options.ts";

/** Kernel files that would tell a container about the host or let it act on it: dockerd 28's list. */
const maskedPaths = [
  "/proc/asound",
  "/proc/acpi",
  // Timing of interrupts gives away keystrokes and other hosts' traffic.
  "/proc/interrupts",
  "/proc/kcore",
  "/proc/keys",
  "/proc/latency_stats",
  "/proc/timer_list",
  "/proc/timer_stats",
  "/proc/sched_debug",
  "/proc/scsi",
  "/sys/firmware",
  // Power readings are a side channel into other tenants' computations (CVE-2020-8694, PLATYPUS).
  "/sys/devices/virtual/powercap",
];

const readonlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

/** What a container's /proc and /sys hide unless it says otherwise (inspect shows these). */
export function defaultMaskedPaths(): string[] {
  return [...maskedPaths, ...thermalThrottlePaths()];
}

export function defaultReadonlyPaths(): string[] {
  return [...readonlyPaths];
}

/** Counters of thermal throttling are one more side channel: one directory for each processor that has them. */
function thermalThrottlePaths(): string[] {
  const directory = "/sys/devices/system/cpu";
  if (!existsSync(`${directory}/cpu0/thermal_throttle`)) return [];
  return readdirSync(directory)
    .filter((name) => /^cpu\d+$/.test(name))
    .map((name) => `${directory}/${name}/thermal_throttle`);
}

/** An empty list (not an absent one) lifts the protection: how Docker's client sends `systempaths=unconfined`. */
export function systemPaths(hostConfig: HostConfig): { maskedPaths?: string[]; readonlyPaths?: string[] } {
  const { systemPathsUnconfined } = parseSecurityOptions(hostConfig.SecurityOpt ?? []);
  if (hostConfig.Privileged === true || systemPathsUnconfined) return {};
  return {
    maskedPaths: hostConfig.MaskedPaths ?? defaultMaskedPaths(),
    readonlyPaths: hostConfig.ReadonlyPaths ?? defaultReadonlyPaths(),
  };
}
