// What `version` and `info` run templates over: docker's own structs, which join what client and engine say.
import { declare } from "../go/declare.ts";
import type { GoType } from "../go/type.ts";

const client = `
system.platformInfo
  Name string Name,omitempty
system.clientVersion
  Platform *system.platformInfo Platform,omitempty
  Version string Version,omitempty
  APIVersion string ApiVersion,omitempty
  DefaultAPIVersion string DefaultAPIVersion,omitempty
  GitCommit string GitCommit,omitempty
  GoVersion string GoVersion,omitempty
  Os string Os,omitempty
  Arch string Arch,omitempty
  BuildTime string BuildTime,omitempty
  Context string
`;

const version = `
system.versionInfo
  Client system.clientVersion
  Server *types.Version
types.Version
  Platform types.VersionPlatform
  Components []types.ComponentVersion Components,omitempty
  Version string
  APIVersion string ApiVersion
  MinAPIVersion string MinAPIVersion,omitempty
  GitCommit string
  GoVersion string
  Os string
  Arch string
  KernelVersion string KernelVersion,omitempty
  Experimental bool Experimental,omitempty
  BuildTime string BuildTime,omitempty
types.VersionPlatform
  Name string
types.ComponentVersion
  Name string
  Version string
  Details map[string]string Details,omitempty
`;

const info = `
system.dockerInfo
  *system.Info
  ServerErrors []string ServerErrors,omitempty
  UserName string -
  ClientInfo *system.clientInfo ClientInfo,omitempty
  ClientErrors []string ClientErrors,omitempty
system.sparseInfo
  ClientInfo *system.clientInfo ClientInfo,omitempty
  ClientErrors []string ClientErrors,omitempty
system.clientInfo
  Debug bool
  system.clientVersion
  Plugins []manager.Plugin
  Warnings []string
manager.Plugin
  SchemaVersion string SchemaVersion,omitempty
  Vendor string Vendor,omitempty
  Version string Version,omitempty
  ShortDescription string ShortDescription,omitempty
  URL string URL,omitempty
  Name string Name,omitempty
  Path string Path,omitempty
  ShadowedPaths []string ShadowedPaths,omitempty
system.Info
  ID string
  Containers int
  ContainersRunning int
  ContainersPaused int
  ContainersStopped int
  Images int
  Driver string
  DriverStatus [][2]string
  SystemStatus [][2]string SystemStatus,omitempty
  Plugins system.PluginsInfo
  MemoryLimit bool
  SwapLimit bool
  KernelMemory bool KernelMemory,omitempty
  KernelMemoryTCP bool KernelMemoryTCP,omitempty
  CPUCfsPeriod bool CpuCfsPeriod
  CPUCfsQuota bool CpuCfsQuota
  CPUShares bool
  CPUSet bool
  PidsLimit bool
  IPv4Forwarding bool
  Debug bool
  NFd int
  OomKillDisable bool
  NGoroutines int
  SystemTime string
  LoggingDriver string
  CgroupDriver string
  CgroupVersion string CgroupVersion,omitempty
  NEventsListener int
  KernelVersion string
  OperatingSystem string
  OSVersion string
  OSType string
  Architecture string
  IndexServerAddress string
  RegistryConfig *registry.ServiceConfig
  NCPU int
  MemTotal int64
  GenericResources []any
  DockerRootDir string
  HTTPProxy string HttpProxy
  HTTPSProxy string HttpsProxy
  NoProxy string
  Name string
  Labels []string
  ExperimentalBuild bool
  ServerVersion string
  Runtimes map[string]system.RuntimeWithStatus
  DefaultRuntime string
  Swarm swarm.Info
  LiveRestoreEnabled bool
  Isolation container.Isolation
  InitBinary string
  ContainerdCommit system.Commit
  RuncCommit system.Commit
  InitCommit system.Commit
  SecurityOptions []string
  ProductLicense string ProductLicense,omitempty
  DefaultAddressPools []system.NetworkAddressPool DefaultAddressPools,omitempty
  FirewallBackend *system.FirewallInfo FirewallBackend,omitempty
  CDISpecDirs []string
  DiscoveredDevices []system.DeviceInfo DiscoveredDevices,omitempty
  Containerd *system.ContainerdInfo Containerd,omitempty
  Warnings []string
container.Isolation = string
system.PluginsInfo
  Volume []string
  Network []string
  Authorization []string
  Log []string
registry.ServiceConfig
  IndexConfigs map[string]*registry.IndexInfo
  InsecureRegistryCIDRs []string
  Mirrors []string
registry.IndexInfo
  Mirrors []string
  Name string
  Official bool
  Secure bool
system.RuntimeWithStatus
  Path string path,omitempty
  Args []string runtimeArgs,omitempty
  Type string runtimeType,omitempty
  Options map[string]any options,omitempty
  Status map[string]string status,omitempty
swarm.LocalNodeState = string
swarm.Info
  NodeID string
  NodeAddr string
  LocalNodeState swarm.LocalNodeState
  ControlAvailable bool
  Error string
  RemoteManagers []any
  Nodes int Nodes,omitempty
  Managers int Managers,omitempty
system.Commit
  ID string
  Expected string Expected,omitempty
system.NetworkAddressPool
  Base string
  Size int
system.FirewallInfo
  Driver string
  Info [][2]string Info,omitempty
system.DeviceInfo
  Source string
  ID string
system.ContainerdInfo
  Address string Address,omitempty
  Namespaces system.ContainerdNamespaces
system.ContainerdNamespaces
  Containers string
  Plugins string
`;

export function versionType(): GoType {
  return declare(client + version)("system.versionInfo");
}

export function infoTypes(): (name: "system.dockerInfo" | "system.sparseInfo") => GoType {
  return declare(client + info);
}
