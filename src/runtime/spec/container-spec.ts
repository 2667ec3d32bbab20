import { join } from "node:path";
import type { HostConfig } from "../../spec/api/container.ts";
import type { LinuxSpec, ProcessSpec, RuntimeSpec, SeccompSpec } from "../../spec/oci-runtime.ts";
import type { AppArmor } from "../app-armor/app-armor.ts";
import type { Launch } from "../runtime-service.ts";
import { customSeccomp, defaultSeccomp } from "../seccomp/profile.ts";
import { capabilitySets, resolveCapabilities } from "./capabilities.ts";
import { containerDevices } from "./devices.ts";
import { findInit, initTarget } from "./init.ts";
import { containerMounts } from "./mounts.ts";
import { containerNamespaces } from "./namespaces.ts";
import { containerOomScore } from "./oom-score.ts";
import { containerResources } from "./resources.ts";
import { containerRlimits } from "./rlimits.ts";
import { parseSecurityOptions, type SecurityOptions } from "./security-options.ts";
import { containerSysctls } from "./sysctls.ts";
import { systemPaths } from "./system-paths.ts";
import { resolveUser, withHome } from "./user.ts";

/** The engine's own settings that a spec depends on. */
export interface SpecDefaults {
  cgroupParent: string;
  initPath?: string;
  ulimits?: HostConfig["Ulimits"];
  appArmor: Pick<AppArmor, "profileOf">;
  /** The host directory behind /dev/shm where it is shared with others. */
  shmSource?: string;
}

export interface ContainerSpec {
  spec: RuntimeSpec;
  warnings: string[];
}

/** The newest version that crun 1.8 accepts: it refuses 1.1 and later. */
const ociVersion = "1.0.2";

/** The OCI configuration of a container. Reads users and groups in its rootfs; throws Docker's errors. */
export function containerSpec(launch: Launch, defaults: SpecDefaults): ContainerSpec {
  const { hostConfig } = launch;
  const security = parseSecurityOptions(hostConfig.SecurityOpt ?? []);
  const { process, warnings } = processSpec(launch, security, defaults);
  const initPath = hostConfig.Init === true ? findInit(defaults.initPath) : undefined;
  if (initPath !== undefined) process.args = [initTarget, "--", ...process.args];
  const mounts = containerMounts({
    hostConfig,
    rootfs: launch.rootfs,
    mounts: launch.mounts,
    shmSource: defaults.shmSource,
    writableCgroups: security.writableCgroups,
    initPath,
  });
  const spec: RuntimeSpec = {
    ociVersion,
    process,
    root: { path: launch.rootfs, ...(hostConfig.ReadonlyRootfs === true ? { readonly: true } : {}) },
    ...(launch.namespaces.uts === undefined ? { hostname: launch.hostname } : {}),
    mounts,
    ...(hostConfig.Annotations ? { annotations: { ...hostConfig.Annotations } } : {}),
    linux: linuxSpec(launch, security, defaults),
  };
  return { spec, warnings };
}

function processSpec(
  launch: Launch,
  security: SecurityOptions,
  defaults: SpecDefaults,
): { process: ProcessSpec; warnings: string[] } {
  const { config, hostConfig, rootfs, args, env } = launch;
  const privileged = hostConfig.Privileged === true;
  const rlimits = containerRlimits(hostConfig.Ulimits ?? [], defaults.ulimits ?? []);
  const oom = containerOomScore(hostConfig.OomScoreAdj ?? 0);
  const profile = defaults.appArmor.profileOf(security.appArmorProfile, privileged);
  const [height = 0, width = 0] = hostConfig.ConsoleSize ?? [];
  const user = resolveUser(rootfs, config.User ?? "", hostConfig.GroupAdd ?? []);
  const process: ProcessSpec = {
    ...(config.Tty === true ? { terminal: true } : {}),
    ...(config.Tty === true && height > 0 && width > 0 ? { consoleSize: { height, width } } : {}),
    user,
    args,
    env: withHome(env, rootfs, user.uid),
    cwd: workingDirectory(config.WorkingDir),
    capabilities: capabilitySets(capabilitiesOf(hostConfig)),
    ...(rlimits.limits.length > 0 ? { rlimits: rlimits.limits } : {}),
    ...(security.noNewPrivileges ? { noNewPrivileges: true } : {}),
    ...(profile === undefined ? {} : { apparmorProfile: profile }),
    oomScoreAdj: oom.score,
  };
  return { process, warnings: [...rlimits.warnings, ...oom.warnings] };
}

export function workingDirectory(asked: string | undefined): string {
  return asked === undefined || asked === "" ? "/" : join("/", asked);
}

export function capabilitiesOf(hostConfig: HostConfig): string[] {
  return resolveCapabilities({
    privileged: hostConfig.Privileged === true,
    add: hostConfig.CapAdd ?? [],
    drop: hostConfig.CapDrop ?? [],
  });
}

function linuxSpec(launch: Launch, security: SecurityOptions, defaults: SpecDefaults): LinuxSpec {
  const { hostConfig } = launch;
  const devices = containerDevices(hostConfig);
  const seccomp = seccompOf(hostConfig, security);
  const propagation = rootfsPropagation(launch);
  const sysctl = containerSysctls(launch);
  return {
    namespaces: containerNamespaces(launch),
    cgroupsPath: cgroupPath(launch, defaults.cgroupParent),
    resources: containerResources(hostConfig, devices.rules),
    ...(devices.nodes.length > 0 ? { devices: devices.nodes } : {}),
    ...(Object.keys(sysctl).length > 0 ? { sysctl } : {}),
    ...(seccomp === undefined ? {} : { seccomp }),
    ...systemPaths(hostConfig),
    ...(propagation === undefined ? {} : { rootfsPropagation: propagation }),
  };
}

/** A container's group, below the parent it names or the engine's. */
export function cgroupPath(
  { id, hostConfig }: Pick<Launch, "id" | "hostConfig">,
  engineParent: string,
): string {
  const asked = hostConfig.CgroupParent ?? "";
  return join("/", asked === "" ? engineParent : asked, id);
}

/** Docker's rules: none for `unconfined`; privileged containers get only a profile they name. */
export function seccompOf(hostConfig: HostConfig, security: SecurityOptions): SeccompSpec | undefined {
  const { seccompProfile = "" } = security;
  if (seccompProfile === "unconfined") return undefined;
  if (hostConfig.Privileged === true && seccompProfile === "") return undefined;
  const capabilities = capabilitiesOf(hostConfig);
  const builtin = seccompProfile === "" || seccompProfile === "builtin";
  return builtin ? defaultSeccomp(capabilities) : customSeccomp(seccompProfile, capabilities);
}

/** A mount can only propagate as far as the root above it does. */
function rootfsPropagation({ mounts }: Launch): string | undefined {
  const kinds = mounts.map(({ propagation }) => propagation ?? "");
  if (kinds.some((kind) => kind.endsWith("shared"))) return "shared";
  if (kinds.some((kind) => kind.endsWith("slave"))) return "rslave";
  return undefined;
}
