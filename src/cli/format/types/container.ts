// Docker's container.InspectResponse, for `inspect --format`: which fields there are decides what a template may ask.
import { boolType, type GoType, type GoValue, type Method, stringType } from "../go/type.ts";
import { declare } from "../go/declare.ts";
import { goBool, goString, stringOf } from "../go/value.ts";
import { networkDeclarations } from "./network-endpoint.ts";

const declarations = `
container.InspectResponse
  *container.ContainerJSONBase
  Mounts []container.MountPoint
  Config *container.Config
  NetworkSettings *container.NetworkSettings
  ImageManifestDescriptor *v1.Descriptor ImageManifestDescriptor,omitempty
container.ContainerJSONBase
  ID string Id
  Created string
  Path string
  Args []string
  State *container.State
  Image string
  ResolvConfPath string
  HostnamePath string
  HostsPath string
  LogPath string
  Name string
  RestartCount int
  Driver string
  Platform string
  MountLabel string
  ProcessLabel string
  AppArmorProfile string
  ExecIDs []string
  HostConfig *container.HostConfig
  GraphDriver storage.DriverData
  SizeRw *int64 SizeRw,omitempty
  SizeRootFs *int64 SizeRootFs,omitempty
container.ContainerState = string
container.State
  Status container.ContainerState
  Running bool
  Paused bool
  Restarting bool
  OOMKilled bool
  Dead bool
  Pid int
  ExitCode int
  Error string
  StartedAt string
  FinishedAt string
  Health *container.Health Health,omitempty
  Reason string Reason,omitempty
container.HealthStatus = string
container.Health
  Status container.HealthStatus
  FailingStreak int
  Log []*container.HealthcheckResult
container.HealthcheckResult
  Start time.Time
  End time.Time
  ExitCode int
  Output string
mount.Type = string
mount.Propagation = string
container.MountPoint
  Type mount.Type Type,omitempty
  Name string Name,omitempty
  Source string
  Destination string
  Driver string Driver,omitempty
  Mode string
  RW bool
  Propagation mount.Propagation
nat.Port = string
nat.PortSet = map[nat.Port]struct{}
nat.PortMap = map[nat.Port][]nat.PortBinding
nat.PortBinding
  HostIP string HostIp
  HostPort string
strslice.StrSlice = []string
v1.HealthcheckConfig
  Test []string Test,omitempty
  Interval time.Duration Interval,omitempty
  Timeout time.Duration Timeout,omitempty
  StartPeriod time.Duration StartPeriod,omitempty
  StartInterval time.Duration StartInterval,omitempty
  Retries int Retries,omitempty
container.Config
  Hostname string
  Domainname string
  User string
  AttachStdin bool
  AttachStdout bool
  AttachStderr bool
  ExposedPorts nat.PortSet ExposedPorts,omitempty
  Tty bool
  OpenStdin bool
  StdinOnce bool
  Env []string
  Cmd strslice.StrSlice
  Healthcheck *v1.HealthcheckConfig Healthcheck,omitempty
  ArgsEscaped bool ArgsEscaped,omitempty
  Image string
  Volumes map[string]struct{}
  WorkingDir string
  Entrypoint strslice.StrSlice
  NetworkDisabled bool NetworkDisabled,omitempty
  MacAddress string MacAddress,omitempty
  OnBuild []string
  Labels map[string]string
  StopSignal string StopSignal,omitempty
  StopTimeout *int StopTimeout,omitempty
  Shell strslice.StrSlice Shell,omitempty
container.LogConfig
  Type string
  Config map[string]string
container.RestartPolicyMode = string
container.RestartPolicy
  Name container.RestartPolicyMode
  MaximumRetryCount int
container.NetworkMode = string
container.CgroupnsMode = string
container.IpcMode = string
container.PidMode = string
container.UTSMode = string
container.UsernsMode = string
container.CgroupSpec = string
container.Isolation = string
container.HostConfig
  Binds []string
  ContainerIDFile string
  LogConfig container.LogConfig
  NetworkMode container.NetworkMode
  PortBindings nat.PortMap
  RestartPolicy container.RestartPolicy
  AutoRemove bool
  VolumeDriver string
  VolumesFrom []string
  ConsoleSize [2]uint
  Annotations map[string]string Annotations,omitempty
  CapAdd strslice.StrSlice
  CapDrop strslice.StrSlice
  CgroupnsMode container.CgroupnsMode
  DNS []string Dns
  DNSOptions []string DnsOptions
  DNSSearch []string DnsSearch
  ExtraHosts []string
  GroupAdd []string
  IpcMode container.IpcMode
  Cgroup container.CgroupSpec
  Links []string
  OomScoreAdj int
  PidMode container.PidMode
  Privileged bool
  PublishAllPorts bool
  ReadonlyRootfs bool
  SecurityOpt []string
  StorageOpt map[string]string StorageOpt,omitempty
  Tmpfs map[string]string Tmpfs,omitempty
  UTSMode container.UTSMode
  UsernsMode container.UsernsMode
  ShmSize int64
  Sysctls map[string]string Sysctls,omitempty
  Runtime string Runtime,omitempty
  Isolation container.Isolation
  container.Resources
  Mounts []mount.Mount Mounts,omitempty
  MaskedPaths []string
  ReadonlyPaths []string
  Init *bool Init,omitempty
container.Resources
  CPUShares int64 CpuShares
  Memory int64
  NanoCPUs int64 NanoCpus
  CgroupParent string
  BlkioWeight uint16
  BlkioWeightDevice []*blkiodev.WeightDevice
  BlkioDeviceReadBps []*blkiodev.ThrottleDevice
  BlkioDeviceWriteBps []*blkiodev.ThrottleDevice
  BlkioDeviceReadIOps []*blkiodev.ThrottleDevice
  BlkioDeviceWriteIOps []*blkiodev.ThrottleDevice
  CPUPeriod int64 CpuPeriod
  CPUQuota int64 CpuQuota
  CPURealtimePeriod int64 CpuRealtimePeriod
  CPURealtimeRuntime int64 CpuRealtimeRuntime
  CpusetCpus string
  CpusetMems string
  Devices []container.DeviceMapping
  DeviceCgroupRules []string
  DeviceRequests []container.DeviceRequest
  KernelMemory int64 KernelMemory,omitempty
  KernelMemoryTCP int64 KernelMemoryTCP,omitempty
  MemoryReservation int64
  MemorySwap int64
  MemorySwappiness *int64
  OomKillDisable *bool
  PidsLimit *int64
  Ulimits []*units.Ulimit
  CPUCount int64 CpuCount
  CPUPercent int64 CpuPercent
  IOMaximumIOps uint64
  IOMaximumBandwidth uint64
blkiodev.WeightDevice
  Path string
  Weight uint16
blkiodev.ThrottleDevice
  Path string
  Rate uint64
container.DeviceMapping
  PathOnHost string
  PathInContainer string
  CgroupPermissions string
container.DeviceRequest
  Driver string
  Count int
  DeviceIDs []string
  Capabilities [][]string
  Options map[string]string
units.Ulimit
  Name string
  Hard int64
  Soft int64
mount.Mount
  Type mount.Type Type,omitempty
  Source string Source,omitempty
  Target string Target,omitempty
  ReadOnly bool ReadOnly,omitempty
  Consistency mount.Consistency Consistency,omitempty
  BindOptions *mount.BindOptions BindOptions,omitempty
  VolumeOptions *mount.VolumeOptions VolumeOptions,omitempty
  ImageOptions *mount.ImageOptions ImageOptions,omitempty
  TmpfsOptions *mount.TmpfsOptions TmpfsOptions,omitempty
  ClusterOptions *mount.ClusterOptions ClusterOptions,omitempty
mount.Consistency = string
mount.ClusterOptions
mount.BindOptions
  Propagation mount.Propagation Propagation,omitempty
  NonRecursive bool NonRecursive,omitempty
  CreateMountpoint bool CreateMountpoint,omitempty
  ReadOnlyNonRecursive bool ReadOnlyNonRecursive,omitempty
  ReadOnlyForceRecursive bool ReadOnlyForceRecursive,omitempty
mount.Driver
  Name string Name,omitempty
  Options map[string]string Options,omitempty
mount.VolumeOptions
  NoCopy bool NoCopy,omitempty
  Labels map[string]string Labels,omitempty
  Subpath string Subpath,omitempty
  DriverConfig *mount.Driver DriverConfig,omitempty
mount.ImageOptions
  Subpath string Subpath,omitempty
mount.TmpfsOptions
  SizeBytes int64 SizeBytes,omitempty
  Mode os.FileMode Mode,omitempty
  Options [][]string Options,omitempty
os.FileMode = uint32
storage.DriverData
  Data map[string]string
  Name string
container.NetworkSettings
  container.NetworkSettingsBase
  container.DefaultNetworkSettings
  Networks map[string]*network.EndpointSettings
container.NetworkSettingsBase
  Bridge string
  SandboxID string
  SandboxKey string
  Ports nat.PortMap
  HairpinMode bool
  LinkLocalIPv6Address string
  LinkLocalIPv6PrefixLen int
  SecondaryIPAddresses []network.Address
  SecondaryIPv6Addresses []network.Address
container.DefaultNetworkSettings
  EndpointID string
  Gateway string
  GlobalIPv6Address string
  GlobalIPv6PrefixLen int
  IPAddress string
  IPPrefixLen int
  IPv6Gateway string
  MacAddress string
v1.Descriptor
  MediaType string mediaType
  Digest digest.Digest digest
  Size int64 size
  URLs []string urls,omitempty
  Annotations map[string]string annotations,omitempty
  Platform *v1.Platform platform,omitempty
  ArtifactType string artifactType,omitempty
digest.Digest = string
v1.Platform
  Architecture string architecture
  OS string os
  OSVersion string os.version,omitempty
  OSFeatures []string os.features,omitempty
  Variant string variant,omitempty
`;

function predicate(test: (text: string) => boolean): Method {
  return { params: [], result: boolType, call: (receiver) => goBool(test(stringOf(receiver))) };
}

function text(read: (text: string) => string): Method {
  return { params: [], result: stringType, call: (receiver) => goString(read(stringOf(receiver))) };
}

/** The ID or name in `container:ID`. */
function containerOf(mode: string): string {
  return mode.startsWith("container:") ? mode.slice("container:".length) : "";
}

const isContainer = predicate((mode) => mode.startsWith("container:"));
const isHost = predicate((mode) => mode === "host");
const isNone = predicate((mode) => mode === "none");
const isEmpty = predicate((mode) => mode === "");
const notHost = predicate((mode) => mode !== "host");
const ownMode = predicate((mode) => mode !== "host" && !mode.startsWith("container:"));
const container = text(containerOf);

function userDefined(mode: string): boolean {
  return !["default", "bridge", "host", "none"].includes(mode) && !mode.startsWith("container:");
}

const methods: Record<string, Record<string, Method>> = {
  "container.NetworkMode": {
    IsNone: isNone,
    IsDefault: predicate((mode) => mode === "default"),
    IsPrivate: ownMode,
    IsContainer: isContainer,
    IsHost: isHost,
    IsBridge: predicate((mode) => mode === "bridge"),
    ConnectedContainer: container,
    IsUserDefined: predicate(userDefined),
    UserDefined: text((mode) => (userDefined(mode) ? mode : "")),
    NetworkName: text((mode) => (mode.startsWith("container:") ? "container" : mode)),
  },
  "container.CgroupnsMode": {
    IsPrivate: predicate((mode) => mode === "private"),
    IsHost: isHost,
    IsEmpty: isEmpty,
  },
  "container.IpcMode": {
    IsPrivate: predicate((mode) => mode === "private"),
    IsHost: isHost,
    IsShareable: predicate((mode) => mode === "shareable"),
    IsContainer: isContainer,
    IsNone: isNone,
    IsEmpty: isEmpty,
    Container: container,
  },
  "container.PidMode": { IsPrivate: ownMode, IsHost: isHost, IsContainer: isContainer, Container: container },
  "container.UTSMode": { IsPrivate: notHost, IsHost: isHost },
  "container.UsernsMode": { IsPrivate: notHost, IsHost: isHost },
  "container.CgroupSpec": { IsContainer: isContainer, Container: container },
  "nat.Port": {
    Port: text((port) => port.split("/")[0] ?? ""),
    Proto: text((port) => port.split("/")[1] ?? "tcp"),
    Int: {
      params: [],
      result: { kind: "int", name: "int", named: false },
      call: (receiver: GoValue) => ({
        type: { kind: "int", name: "int", named: false },
        data: Number.parseInt(stringOf(receiver), 10),
      }),
    },
  },
};

export function containerInspectType(): GoType {
  return declare(declarations + networkDeclarations, methods)("container.InspectResponse");
}
