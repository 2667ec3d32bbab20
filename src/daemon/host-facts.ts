import { readdirSync, readFileSync, statfsSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { cgroupSupport } from "../linux/cgroup-support.ts";
import type { SystemInfo } from "../spec/api/system.ts";

/** What `info` tells of the kernel's control groups. */
export function cgroupFacts(support = cgroupSupport()) {
  return {
    CgroupVersion: support.version === 2 ? "2" : "1",
    MemoryLimit: support.memoryLimit,
    SwapLimit: support.swapLimit,
    KernelMemoryTCP: support.kernelMemoryTcp,
    CpuCfsPeriod: support.cpuQuota,
    CpuCfsQuota: support.cpuQuota,
    CPUShares: support.cpuShares,
    CPUSet: support.cpuset,
    PidsLimit: support.pids,
    OomKillDisable: support.oomKillDisable,
  } satisfies SystemInfo;
}

/** dockerd's warnings about what is missing, in its words. */
export function hostWarnings(info: SystemInfo): string[] {
  const missing: [boolean | undefined, string][] = [
    [info.MemoryLimit, "No memory limit support"],
    [info.SwapLimit, "No swap limit support"],
    [info.CgroupVersion === "2" || info.OomKillDisable, "No oom kill disable support"],
    [info.CpuCfsQuota, "No cpu cfs quota support"],
    [info.CpuCfsPeriod, "No cpu cfs period support"],
    [info.CPUShares, "No cpu shares support"],
    [info.CPUSet, "No cpuset support"],
    [info.PidsLimit, "No pids limit support"],
    [info.IPv4Forwarding, "IPv4 forwarding is disabled"],
  ];
  return missing.filter(([present]) => present !== true).map(([, text]) => `WARNING: ${text}`);
}

/** PRETTY_NAME of os-release(5). */
export function operatingSystem(): string {
  for (const path of ["/etc/os-release", "/usr/lib/os-release"]) {
    const name = /^PRETTY_NAME=(.*)$/m.exec(readText(path))?.[1];
    if (name !== undefined) return name.trim().replace(/^(["'])(.*)\1$/, "$2");
  }
  return "Linux";
}

export function securityOptions(
  seccompProfile: string,
  cgroupVersion: string | undefined,
  isRemapped: boolean,
): string[] {
  const found: string[] = [];
  if (readText("/sys/module/apparmor/parameters/enabled").startsWith("Y")) found.push("name=apparmor");
  found.push(`name=seccomp,profile=${seccompProfile}`);
  if (isRemapped) found.push("name=userns");
  if (cgroupVersion === "2") found.push("name=cgroupns");
  return found;
}

export function machineFacts(): Pick<SystemInfo, "NCPU" | "MemTotal" | "IPv4Forwarding" | "NFd"> {
  return {
    NCPU: availableParallelism(),
    MemTotal: totalmem(),
    IPv4Forwarding: readText("/proc/sys/net/ipv4/ip_forward").startsWith("1"),
    NFd: readdirSync("/proc/self/fd").length,
  };
}

/** Magic numbers of statfs(2) with the names dockerd shows. */
const fileSystems: Record<number, string> = {
  61267: "extfs",
  1481003842: "xfs",
  2435016766: "btrfs",
  16914836: "tmpfs",
  2035054128: "overlayfs",
  801189825: "zfs",
  3380511080: "bcachefs",
  26985: "nfs",
  1702057286: "ecryptfs",
  4076150800: "f2fs",
};

/** What `docker info` shows under the storage driver. */
export function overlayStatus(dataRoot: string): string[][] {
  const magic = statfsSync(dataRoot).type >>> 0;
  return [
    ["Backing Filesystem", fileSystems[magic] ?? "<unknown>"],
    ["Supports d_type", "true"],
    ["Using metacopy", "false"],
    ["Native Overlay Diff", "true"],
    ["userxattr", "false"],
  ];
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
