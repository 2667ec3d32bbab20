/** Docker's name: what `inspect` and audits of a machine look for. A dockerd beside this engine shares the profile. */
export const defaultProfileName = "docker-default";

/** Where distributions keep what profiles are made with; absent ones are done without. */
const folder = "/etc/apparmor.d";

/**
 * The default profile, in what it forbids the same as dockerd's: writing to the kernel's settings, mounting, tracing and
 * signalling what is outside. Everything else is left to capabilities, seccomp and namespaces. `exists` tells which of
 * AppArmor's own files this machine has.
 */
export function defaultProfileText(exists: (path: string) => boolean): string {
  const [hasAbi, hasTunables, hasBase] = ["abi/3.0", "tunables/global", "abstractions/base"].map((name) =>
    exists(`${folder}/${name}`),
  );
  return `${
    // From ABI 4 on \`network\` leaves out unix sockets.
    hasAbi === true ? "abi <abi/3.0>,\n" : ""
  }${hasTunables === true ? "#include <tunables/global>" : "@{PROC}=/proc/"}

profile ${defaultProfileName} flags=(attach_disconnected,mediate_deleted) {
${hasBase === true ? "  #include <abstractions/base>\n" : ""}${rules}}
`;
}

const rules = `  network,
  capability,
  file,
  umount,
  # Processes of the host and the OCI runtimes may signal containers; containers may signal each other.
  signal (receive) peer=unconfined,
  signal (receive) peer=runc,
  signal (receive) peer=crun,
  signal (send,receive) peer=${defaultProfileName},
  # Files directly in /proc, directories there that are no processes, and all settings but kernel.shm*.
  deny @{PROC}/* w,
  deny @{PROC}/{[^1-9/],[^1-9/][^0-9/],[^1-9s/][^0-9y/][^0-9s/],[^1-9/][^0-9/][^0-9/][^0-9/]*}/** w,
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
  ptrace (trace,read,tracedby,readby) peer=${defaultProfileName},
`;
