import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Log } from "../base/log.ts";
import { appArmorEnabled, appArmorProfileLoaded } from "../linux/apparmor.ts";

const name = "gantry-default";

/**
 * The default AppArmor profile, in what it forbids the same as docker-default: writing to the kernel's settings,
 * mounting, tracing and signalling what is outside. Everything else is left to capabilities, seccomp and namespaces.
 */
const profile = `#include <tunables/global>

profile ${name} flags=(attach_disconnected,mediate_deleted) {
  #include <abstractions/base>
  network,
  capability,
  file,
  umount,
  # Processes of the host and the OCI runtimes may signal containers; containers may signal each other.
  signal (receive) peer=unconfined,
  signal (receive) peer=runc,
  signal (receive) peer=crun,
  signal (send,receive) peer=${name},
  # Files directly in /proc, directories there that are no processes, and all settings but kernel.shm*.
  deny @{PROC}/* w,
  deny @{PROC}/{[^1-9],[^1-9][^0-9],[^1-9s][^0-9y][^0-9s],[^1-9][^0-9][^0-9][^0-9/]*}/** w,
  deny @{PROC}/sys/[^k]** w,
  deny @{PROC}/sys/kernel/{?,??,[^s][^h][^m]**} w,
  deny @{PROC}/sysrq-trigger rwklx,
  deny @{PROC}/kcore rwklx,
  deny mount,
  # Of /sys, only /sys/fs/cgroup.
  deny /sys/[^f]*/** wklx,
  deny /sys/f[^s]*/** wklx,
  deny /sys/fs/[^c]*/** wklx,
  deny /sys/fs/c[^g]*/** wklx,
  deny /sys/fs/cg[^r]*/** wklx,
  deny /sys/firmware/** rwklx,
  deny /sys/devices/virtual/powercap/** rwklx,
  deny /sys/kernel/security/** rwklx,
  # So that ps works inside.
  ptrace (trace,read,tracedby,readby) peer=${name},
}
`;

let loading: Promise<string | undefined> | undefined;

/** The profile's name once it is in the kernel; undefined on a host without AppArmor or without its parser. */
export async function defaultAppArmorProfile(directory: string, log: Log): Promise<string | undefined> {
  if (!appArmorEnabled()) return undefined;
  loading ??= load(directory, log);
  return loading;
}

async function load(directory: string, log: Log): Promise<string | undefined> {
  if (appArmorProfileLoaded(name)) return name;
  const file = join(directory, name);
  writeFileSync(file, profile);
  const child = spawn("apparmor_parser", ["-Kr", file], { stdio: ["ignore", "ignore", "pipe"] });
  let errors = "";
  child.stderr.on("data", (data: Buffer) => (errors += data.toString()));
  const code = await new Promise<number | null>((resolve) => {
    child.once("error", () => resolve(null));
    child.once("close", resolve);
  });
  if (code === 0) return name;
  log.warn("containers run without an AppArmor profile: apparmor_parser failed", { errors: errors.trim() });
  return undefined;
}
