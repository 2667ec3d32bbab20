import type { ContainerInspectResponse, HostConfig } from "../spec/api/container.ts";
import type { Container } from "./container.ts";
import type { ContainersContext } from "./context.ts";
import { hostFilesOwner } from "./host-files.ts";
import { pathsOf } from "./paths.ts";
import { mountPoints } from "./plan-mounts.ts";
import { isRunning } from "./state.ts";
import { systemPaths } from "../runtime/spec/system-paths.ts";

/** The whole of one container as GET /containers/{id}/json shows it. */
export function inspectContainer(context: ContainersContext, container: Container): ContainerInspectResponse {
  const { id, state, config } = container;
  const [path = "", ...args] = container.args;
  const started = state.startedAt !== "0001-01-01T00:00:00Z";
  const files = pathsOf(context, hostFilesOwner(context, container).id);
  return {
    Id: id,
    Created: container.createdAt,
    Path: path,
    Args: args,
    State: {
      Status: state.status,
      Running: isRunning(state) || state.status === "restarting",
      Paused: state.status === "paused",
      Restarting: state.status === "restarting",
      OOMKilled: state.oomKilled,
      Dead: state.status === "dead",
      Pid: state.pid,
      ExitCode: state.exitCode,
      Error: state.error,
      StartedAt: state.startedAt,
      FinishedAt: state.finishedAt,
    },
    Image: container.imageId,
    ResolvConfPath: started ? files.resolvConf : "",
    HostnamePath: started ? files.hostname : "",
    HostsPath: started ? files.hosts : "",
    LogPath: started && container.hostConfig.LogConfig?.Type !== "none" ? pathsOf(context, id).log : "",
    Name: `/${container.name}`,
    RestartCount: container.restartCount,
    Driver: "overlay2",
    Platform: container.platform,
    MountLabel: "",
    ProcessLabel: "",
    AppArmorProfile: "",
    ExecIDs: runningExecs(context, id),
    HostConfig: hostConfigView(container.hostConfig),
    GraphDriver: container.graphDriver,
    Mounts: mountPoints(container),
    Config: {
      Domainname: "",
      User: "",
      AttachStdin: false,
      AttachStdout: false,
      AttachStderr: false,
      Tty: false,
      OpenStdin: false,
      StdinOnce: false,
      ...nulls("Env", "Cmd", "Volumes", "Entrypoint", "OnBuild"),
      WorkingDir: "",
      Labels: {},
      ...defined(config),
    },
    NetworkSettings: {
      ...nulls("SecondaryIPAddresses", "SecondaryIPv6Addresses"),
      ...container.network,
      Networks: Object.fromEntries(
        Object.entries(container.network.Networks ?? {}).map(([name, endpoint]) => [
          name,
          { ...nulls("IPAMConfig", "Links", "Aliases", "DriverOpts", "DNSNames"), ...defined(endpoint) },
        ]),
      ),
    },
  };
}

function runningExecs(context: ContainersContext, id: string): string[] | null {
  const running = context.live.execs.of(id).filter(({ state }) => state === "running");
  return running.length === 0 ? null : running.map((exec) => exec.id);
}

/** Every field dockerd writes, with the nulls and zeros that clients in typed languages rely on. */
function hostConfigView(host: HostConfig): HostConfig {
  const { maskedPaths, readonlyPaths } = systemPaths(host);
  return {
    ...(hostConfigZeros as unknown as HostConfig),
    ...defined(host),
    MaskedPaths: maskedPaths,
    ReadonlyPaths: readonlyPaths,
  };
}

const hostConfigZeros = {
  Binds: null,
  ContainerIDFile: "",
  LogConfig: {},
  NetworkMode: "",
  PortBindings: {},
  RestartPolicy: {},
  AutoRemove: false,
  VolumeDriver: "",
  VolumesFrom: null,
  ConsoleSize: [0, 0],
  CapAdd: null,
  CapDrop: null,
  CgroupnsMode: "",
  Dns: [],
  DnsOptions: [],
  DnsSearch: [],
  ExtraHosts: null,
  GroupAdd: null,
  IpcMode: "",
  Cgroup: "",
  Links: null,
  OomScoreAdj: 0,
  PidMode: "",
  Privileged: false,
  PublishAllPorts: false,
  ReadonlyRootfs: false,
  SecurityOpt: null,
  UTSMode: "",
  UsernsMode: "",
  ShmSize: 0,
  Runtime: "",
  Isolation: "",
  CpuShares: 0,
  Memory: 0,
  NanoCpus: 0,
  CgroupParent: "",
  BlkioWeight: 0,
  BlkioWeightDevice: [],
  BlkioDeviceReadBps: [],
  BlkioDeviceWriteBps: [],
  BlkioDeviceReadIOps: [],
  BlkioDeviceWriteIOps: [],
  CpuPeriod: 0,
  CpuQuota: 0,
  CpuRealtimePeriod: 0,
  CpuRealtimeRuntime: 0,
  CpusetCpus: "",
  CpusetMems: "",
  Devices: [],
  DeviceCgroupRules: null,
  DeviceRequests: null,
  MemoryReservation: 0,
  MemorySwap: 0,
  MemorySwappiness: null,
  OomKillDisable: false,
  PidsLimit: null,
  Ulimits: [],
  CpuCount: 0,
  CpuPercent: 0,
  IOMaximumIOps: 0,
  IOMaximumBandwidth: 0,
};

function nulls(...names: string[]): Record<string, null> {
  return Object.fromEntries(names.map((name) => [name, null]));
}

/** Without the fields that hold undefined, so that a spread does not hide a default. */
function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T;
}
