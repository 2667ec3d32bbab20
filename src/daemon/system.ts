import { arch, hostname, release } from "node:os";
import type { SystemService } from "../api/services.ts";
import { apiVersion, buildTime, gitCommit, minApiVersion, programVersion } from "../base/version.ts";
import type { EventLog } from "../events/event-log.ts";
import { outgoingProxies, withoutCredentials } from "../registry/outgoing-proxies.ts";
import type { RuntimeInfo, RuntimeService } from "../runtime/runtime-service.ts";
import type { ContainerSummary } from "../spec/api/container.ts";
import type { Runtime, SystemInfo, SystemVersion } from "../spec/api/system.ts";
import type { EngineConfig } from "./config.ts";
import { type DiskUsageParts, measureDiskUsage } from "./disk-usage.ts";
import { streamEvents } from "./event-stream.ts";
import {
  cgroupFacts,
  hostWarnings,
  machineFacts,
  operatingSystem,
  overlayStatus,
  securityOptions,
} from "./host-facts.ts";

type RuntimeFacts = Pick<RuntimeService, "runtimes" | "defaultRuntime" | "appArmorProblem">;

export interface SystemParts extends DiskUsageParts {
  config: EngineConfig;
  /** See engine-id.ts. */
  id: string;
  runtime: RuntimeFacts;
  /** `conmon --version`'s number. */
  conmonVersion: string;
  events: EventLog;
}

/** What a client asks of the engine as a whole. */
export function createSystem(parts: SystemParts): SystemService {
  return {
    version: () => engineVersion(parts),
    info: () => engineInfo(parts),
    diskUsage: () => measureDiskUsage(parts),
    events: (request) => streamEvents(parts.events, request),
  };
}

const goArchitectures: Record<string, string> = { x64: "amd64", arm64: "arm64", ia32: "386", arm: "arm" };
const machineNames: Record<string, string> = { x64: "x86_64", arm64: "aarch64", ia32: "i686", arm: "armv7l" };

function engineVersion({ runtime, conmonVersion }: SystemParts): SystemVersion {
  const facts = {
    ApiVersion: apiVersion,
    Arch: goArchitectures[arch()] ?? arch(),
    BuildTime: buildTime,
    GitCommit: gitCommit,
    // Tools parse it; there is no Go here.
    GoVersion: `bun${process.versions.bun ?? ""}`,
    KernelVersion: release(),
    MinAPIVersion: minApiVersion,
    Os: "linux",
  };
  return {
    Platform: { Name: "Gantry" },
    Components: [
      { Name: "Engine", Version: programVersion, Details: { ...facts, Experimental: "false" } },
      component("conmon", conmonVersion),
      ...runtime.runtimes.map((each) => component(each.name, each.version)),
    ],
    Version: programVersion,
    ...facts,
  };
}

function component(name: string, number: string): NonNullable<SystemVersion["Components"]>[number] {
  return { Name: name, Version: number, Details: { GitCommit: "" } };
}

async function engineInfo(parts: SystemParts): Promise<SystemInfo> {
  const { config, runtime } = parts;
  const containers = await parts.containers.list({ all: true, filters: {} });
  const cgroup = cgroupFacts();
  const proxies = outgoingProxies();
  const chosen = runtime.runtimes.find(({ name }) => name === runtime.defaultRuntime);
  const info: SystemInfo & { Swarm: object } = {
    ID: parts.id,
    ...countContainers(containers),
    Images: parts.images.list({}).length,
    Driver: "overlay2",
    DriverStatus: overlayStatus(config.dataRoot),
    Plugins: {
      Volume: ["local"],
      Network: ["bridge", "host", "null"],
      Authorization: null as unknown as string[],
      Log: ["journald", "json-file", "local", "syslog"],
    },
    ...cgroup,
    CgroupDriver: "cgroupfs",
    ...machineFacts(),
    Debug: config.debug,
    NGoroutines: 0,
    SystemTime: new Date().toISOString(),
    LoggingDriver: config.logDriver,
    NEventsListener: parts.events.listeners,
    KernelVersion: release(),
    OperatingSystem: operatingSystem(),
    OSVersion: "",
    OSType: "linux",
    Architecture: machineNames[arch()] ?? arch(),
    IndexServerAddress: "https://index.docker.io/v1/",
    RegistryConfig: registryConfig(config),
    GenericResources: null,
    DockerRootDir: config.dataRoot,
    HttpProxy: withoutCredentials(proxies.http),
    HttpsProxy: withoutCredentials(proxies.https),
    NoProxy: proxies.none,
    Name: hostname(),
    Labels: config.labels,
    ExperimentalBuild: false,
    ServerVersion: programVersion,
    Runtimes: describeRuntimes(runtime.runtimes),
    DefaultRuntime: runtime.defaultRuntime,
    Swarm: {
      LocalNodeState: "inactive",
      NodeID: "",
      NodeAddr: "",
      ControlAvailable: false,
      Error: "",
      RemoteManagers: null,
    },
    LiveRestoreEnabled: true,
    Isolation: "",
    InitBinary: config.initPath || "docker-init",
    ContainerdCommit: { ID: "" },
    RuncCommit: { ID: chosen === undefined ? "" : `${chosen.name} ${chosen.version}`.trim() },
    InitCommit: { ID: "" },
    SecurityOptions: securityOptions(
      config.seccompProfile,
      cgroup.CgroupVersion,
      config.usernsRemap !== undefined,
    ),
    FirewallBackend: { Driver: "nftables" },
    CDISpecDirs: [],
    Warnings: [],
  };
  const warnings = [...hostWarnings(info), ...runtimeWarnings(runtime)];
  return { ...info, Warnings: warnings.length === 0 ? null : warnings };
}

function countContainers(
  containers: ContainerSummary[],
): Pick<SystemInfo, "Containers" | "ContainersRunning" | "ContainersPaused" | "ContainersStopped"> {
  const inState = (...states: ContainerSummary["State"][]) =>
    containers.filter(({ State }) => states.includes(State)).length;
  const [running, paused] = [inState("running", "restarting"), inState("paused")];
  return {
    Containers: containers.length,
    ContainersRunning: running,
    ContainersPaused: paused,
    ContainersStopped: containers.length - running - paused,
  };
}

function describeRuntimes(runtimes: RuntimeInfo[]): Record<string, Runtime> {
  return Object.fromEntries(runtimes.map(({ name, path }) => [name, { path }]));
}

function runtimeWarnings({ runtimes, appArmorProblem }: RuntimeFacts): string[] {
  const warnings = runtimes
    .filter(({ problem }) => problem !== undefined)
    .map(({ name, problem }) => `WARNING: the runtime ${name} cannot run here: ${problem}`);
  if (appArmorProblem !== undefined)
    warnings.push(`WARNING: containers run without an AppArmor profile: ${appArmorProblem}`);
  return warnings;
}

function registryConfig(config: EngineConfig): SystemInfo["RegistryConfig"] {
  const networks = config.insecureRegistries.filter((entry) => /^[0-9a-f.:]+\/\d+$/i.test(entry));
  const hosts = config.insecureRegistries.filter((entry) => !networks.includes(entry));
  const index = (name: string, secure: boolean, official: boolean) => ({
    Name: name,
    Mirrors: official ? config.registryMirrors : [],
    Secure: secure,
    Official: official,
  });
  return {
    IndexConfigs: {
      "docker.io": index("docker.io", true, true),
      ...Object.fromEntries(hosts.map((host) => [host, index(host, false, false)])),
    },
    InsecureRegistryCIDRs: ["::1/128", "127.0.0.0/8", ...networks],
    Mirrors: config.registryMirrors,
  };
}
