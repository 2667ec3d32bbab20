import type { CreateBody } from "../../containers/container-service.ts";
import type {
  ContainerConfig,
  DeviceMapping,
  DeviceRequest,
  HealthConfig,
  HostConfig,
  Mount,
  PortBinding,
  Resources,
  RestartPolicy,
  ThrottleDevice,
} from "../../spec/api/container.ts";
import { networkingConfig } from "./network-bodies.ts";
import {
  bool,
  duration,
  fileMode,
  int,
  int64,
  list,
  map,
  struct,
  text,
  tuple,
  uint,
  uint16,
  uint64,
  wordOrWords,
} from "./schema.ts";

const strings = list(text());
const stringMap = map(text());
/** A set in Go: only the keys say something. */
const nothing = struct<Record<string, unknown>>("struct {}", {});

const health = struct<HealthConfig>("container.HealthConfig", {
  Test: strings,
  Interval: duration,
  Timeout: duration,
  Retries: int,
  StartPeriod: duration,
  StartInterval: duration,
});

const configFields = {
  Hostname: text(),
  Domainname: text(),
  User: text(),
  AttachStdin: bool,
  AttachStdout: bool,
  AttachStderr: bool,
  ExposedPorts: map(nothing, "nat.PortSet"),
  Tty: bool,
  OpenStdin: bool,
  StdinOnce: bool,
  Env: strings,
  Cmd: wordOrWords,
  Healthcheck: health,
  ArgsEscaped: bool,
  Image: text(),
  Volumes: map(nothing),
  WorkingDir: text(),
  Entrypoint: wordOrWords,
  NetworkDisabled: bool,
  MacAddress: text(),
  OnBuild: strings,
  Labels: stringMap,
  StopSignal: text(),
  StopTimeout: int,
  Shell: wordOrWords,
};

const throttle = list(
  struct<ThrottleDevice>("blkiodev.ThrottleDevice", { Path: text(), Rate: uint64 }),
  "[]*blkiodev.ThrottleDevice",
);

const weight = struct<{ Path?: string; Weight?: number }>("blkiodev.WeightDevice", {
  Path: text(),
  Weight: uint16,
});

const ulimit = struct<{ Name?: string; Soft?: number; Hard?: number }>("units.Ulimit", {
  Name: text(),
  Soft: int64,
  Hard: int64,
});

const device = struct<DeviceMapping>("container.DeviceMapping", {
  PathOnHost: text(),
  PathInContainer: text(),
  CgroupPermissions: text(),
});

const deviceRequest = struct<DeviceRequest>("container.DeviceRequest", {
  Driver: text(),
  Count: int,
  DeviceIDs: strings,
  Capabilities: list(strings),
  Options: stringMap,
});

const resources = {
  CpuShares: int64,
  Memory: int64,
  CgroupParent: text(),
  BlkioWeight: uint16,
  BlkioWeightDevice: list(weight, "[]*blkiodev.WeightDevice"),
  BlkioDeviceReadBps: throttle,
  BlkioDeviceWriteBps: throttle,
  BlkioDeviceReadIOps: throttle,
  BlkioDeviceWriteIOps: throttle,
  CpuPeriod: int64,
  CpuQuota: int64,
  CpuRealtimePeriod: int64,
  CpuRealtimeRuntime: int64,
  CpusetCpus: text(),
  CpusetMems: text(),
  Devices: list(device),
  DeviceCgroupRules: strings,
  DeviceRequests: list(deviceRequest),
  KernelMemory: int64,
  KernelMemoryTCP: int64,
  MemoryReservation: int64,
  MemorySwap: int64,
  MemorySwappiness: int64,
  NanoCpus: int64,
  OomKillDisable: bool,
  Init: bool,
  PidsLimit: int64,
  Ulimits: list(ulimit, "[]*container.Ulimit"),
  CpuCount: int64,
  CpuPercent: int64,
  IOMaximumIOps: uint64,
  IOMaximumBandwidth: uint64,
};

const restartPolicy = struct<RestartPolicy>("container.RestartPolicy", {
  Name: text("container.RestartPolicyMode"),
  MaximumRetryCount: int,
});

const mount = struct<Mount>("mount.Mount", {
  Target: text(),
  Source: text(),
  Type: text("mount.Type"),
  ReadOnly: bool,
  Consistency: text("mount.Consistency"),
  BindOptions: struct<NonNullable<Mount["BindOptions"]>>("mount.BindOptions", {
    Propagation: text("mount.Propagation"),
    NonRecursive: bool,
    CreateMountpoint: bool,
    ReadOnlyNonRecursive: bool,
    ReadOnlyForceRecursive: bool,
  }),
  VolumeOptions: struct<NonNullable<Mount["VolumeOptions"]>>("mount.VolumeOptions", {
    NoCopy: bool,
    Labels: stringMap,
    DriverConfig: struct<{ Name?: string; Options?: Record<string, string> }>("mount.Driver", {
      Name: text(),
      Options: stringMap,
    }),
    Subpath: text(),
  }),
  ImageOptions: struct<{ Subpath?: string }>("mount.ImageOptions", { Subpath: text() }),
  TmpfsOptions: struct<NonNullable<Mount["TmpfsOptions"]>>("mount.TmpfsOptions", {
    SizeBytes: int64,
    Mode: fileMode,
    Options: list(strings),
  }),
});

const portBinding = struct<PortBinding>("nat.PortBinding", { HostIp: text(), HostPort: text() });

const hostConfig = struct<HostConfig>("container.HostConfig", {
  ...resources,
  Binds: strings,
  ContainerIDFile: text(),
  LogConfig: struct<NonNullable<HostConfig["LogConfig"]>>("container.LogConfig", {
    Type: text(),
    Config: stringMap,
  }),
  NetworkMode: text("container.NetworkMode"),
  PortBindings: map(list(portBinding), "nat.PortMap"),
  RestartPolicy: restartPolicy,
  AutoRemove: bool,
  VolumeDriver: text(),
  VolumesFrom: strings,
  Mounts: list(mount),
  ConsoleSize: tuple(uint, 2),
  Annotations: stringMap,
  CapAdd: wordOrWords,
  CapDrop: wordOrWords,
  CgroupnsMode: text("container.CgroupnsMode"),
  Dns: strings,
  DnsOptions: strings,
  DnsSearch: strings,
  ExtraHosts: strings,
  GroupAdd: strings,
  IpcMode: text("container.IpcMode"),
  Cgroup: text("container.CgroupSpec"),
  Links: strings,
  OomScoreAdj: int,
  PidMode: text("container.PidMode"),
  Privileged: bool,
  PublishAllPorts: bool,
  ReadonlyRootfs: bool,
  SecurityOpt: strings,
  StorageOpt: stringMap,
  Tmpfs: stringMap,
  UTSMode: text("container.UTSMode"),
  UsernsMode: text("container.UsernsMode"),
  ShmSize: int64,
  Sysctls: stringMap,
  Runtime: text(),
  Isolation: text("container.Isolation"),
  MaskedPaths: strings,
  ReadonlyPaths: strings,
});

/** POST /commit: what goes over the container's own configuration. */
export const configBody = struct<ContainerConfig>("container.Config", configFields);

/** POST /containers/create. */
export const createBody = struct<CreateBody>("container.CreateRequest", {
  ...configFields,
  HostConfig: hostConfig,
  NetworkingConfig: networkingConfig,
});

/** Whether a create body says anything about the container itself: its two companions alone are no configuration. */
export function hasConfig(body: CreateBody): boolean {
  return Object.keys(body).some((name) => name in configFields);
}

/** What POST /containers/{id}/update may change. */
export const updateBody = struct<Resources & { RestartPolicy?: RestartPolicy }>("container.UpdateConfig", {
  ...resources,
  RestartPolicy: restartPolicy,
});
