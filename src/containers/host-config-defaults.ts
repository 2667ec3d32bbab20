import { cgroupLayout } from "../linux/cgroup.ts";
import type { HostConfig } from "../spec/api/container.ts";
import type { ContainerDefaults } from "./context.ts";

/** The host configuration as it is recorded: everything the user left open is decided here, once. */
export function withHostDefaults(
  host: HostConfig,
  defaults: ContainerDefaults,
  defaultRuntime: string,
): HostConfig {
  const memory = host.Memory ?? 0;
  return {
    ...host,
    NetworkMode: host.NetworkMode && host.NetworkMode !== "default" ? host.NetworkMode : "bridge",
    LogConfig: {
      Type: host.LogConfig?.Type || (defaults.logDriver as "json-file"),
      Config: host.LogConfig?.Type
        ? (host.LogConfig.Config ?? {})
        : { ...defaults.logOptions, ...host.LogConfig?.Config },
    },
    RestartPolicy: {
      Name: host.RestartPolicy?.Name || "no",
      MaximumRetryCount: host.RestartPolicy?.MaximumRetryCount ?? 0,
    },
    IpcMode: host.IpcMode || defaults.ipcMode,
    CgroupnsMode: host.CgroupnsMode || (sharesCgroups(host) ? "host" : defaults.cgroupnsMode),
    ShmSize: host.ShmSize || defaults.shmSizeBytes,
    Runtime: host.Runtime || defaultRuntime,
    SecurityOpt: securityOptions(host),
    Init: host.Init ?? (defaults.init || undefined),
    // Docker's rule: a memory limit alone allows as much swap again.
    MemorySwap: memory > 0 && !host.MemorySwap ? memory * 2 : host.MemorySwap,
    // "No limit" and "as the kernel has it" are recorded as nothing.
    PidsLimit: (host.PidsLimit ?? 0) > 0 ? host.PidsLimit : undefined,
    MemorySwappiness: host.MemorySwappiness === -1 ? undefined : host.MemorySwappiness,
    Ulimits: mergeUlimits(defaults.ulimits, host.Ulimits),
  };
}

/** On v1 a privileged container is to see all groups; on v2 dockerd gives it a namespace as any other. */
function sharesCgroups({ Privileged }: HostConfig): boolean {
  return Privileged === true && cgroupLayout().version === 1;
}

/** Where a namespace of the host is shared, dockerd records that labels separate nothing, with or without SELinux. */
function securityOptions({
  SecurityOpt,
  IpcMode,
  PidMode,
  Privileged,
}: HostConfig): HostConfig["SecurityOpt"] {
  const own = SecurityOpt ?? [];
  const shares = IpcMode === "host" || PidMode === "host" || Privileged === true;
  if (!shares || own.some((option) => /^label[=:]/.test(option))) return SecurityOpt;
  return [...own, "label=disable"];
}

function mergeUlimits(defaults: ContainerDefaults["ulimits"], own: HostConfig["Ulimits"] = []) {
  const names = new Set(own.map((limit) => limit.Name));
  return [...own, ...defaults.filter((limit) => !names.has(limit.Name))];
}
