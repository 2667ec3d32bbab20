// The order and defaults of dockerd 28.5's answers (API v1.51), each read off its real JSON.
import type { Shape } from "./response-shape.ts";

const endpointSettings: Shape = {
  always: {
    IPAMConfig: null,
    Links: null,
    Aliases: null,
    MacAddress: "",
    DriverOpts: null,
    GwPriority: 0,
    NetworkID: "",
    EndpointID: "",
    Gateway: "",
    IPAddress: "",
    IPPrefixLen: 0,
    IPv6Gateway: "",
    GlobalIPv6Address: "",
    GlobalIPv6PrefixLen: 0,
    DNSNames: null,
  },
};

const hostConfig: Shape = {
  always: {
    Binds: null,
    ContainerIDFile: "",
    LogConfig: { Type: "", Config: {} },
    NetworkMode: "",
    PortBindings: null,
    RestartPolicy: { Name: "no", MaximumRetryCount: 0 },
    AutoRemove: false,
    VolumeDriver: "",
    VolumesFrom: null,
    ConsoleSize: [0, 0],
    CapAdd: null,
    CapDrop: null,
    CgroupnsMode: "",
    Dns: null,
    DnsOptions: null,
    DnsSearch: null,
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
    BlkioWeightDevice: null,
    BlkioDeviceReadBps: null,
    BlkioDeviceWriteBps: null,
    BlkioDeviceReadIOps: null,
    BlkioDeviceWriteIOps: null,
    CpuPeriod: 0,
    CpuQuota: 0,
    CpuRealtimePeriod: 0,
    CpuRealtimeRuntime: 0,
    CpusetCpus: "",
    CpusetMems: "",
    Devices: null,
    DeviceCgroupRules: null,
    DeviceRequests: null,
    MemoryReservation: 0,
    MemorySwap: 0,
    MemorySwappiness: null,
    OomKillDisable: null,
    PidsLimit: null,
    Ulimits: null,
    CpuCount: 0,
    CpuPercent: 0,
    IOMaximumIOps: 0,
    IOMaximumBandwidth: 0,
    MaskedPaths: null,
    ReadonlyPaths: null,
  },
  omitEmpty: ["Annotations", "StorageOpt", "Tmpfs", "Sysctls", "Mounts", "KernelMemory", "KernelMemoryTCP"],
  inner: {
    RestartPolicy: { always: { Name: "no", MaximumRetryCount: 0 } },
    LogConfig: { always: { Type: "", Config: {} } },
    PortBindings: { always: {} },
  },
};

const containerConfig: Shape = {
  always: {
    Hostname: "",
    Domainname: "",
    User: "",
    AttachStdin: false,
    AttachStdout: false,
    AttachStderr: false,
    Tty: false,
    OpenStdin: false,
    StdinOnce: false,
    Env: null,
    Cmd: null,
    Image: "",
    Volumes: null,
    WorkingDir: "",
    Entrypoint: null,
    OnBuild: null,
    Labels: {},
  },
  omitEmpty: [
    "ExposedPorts",
    "Healthcheck",
    "ArgsEscaped",
    "NetworkDisabled",
    "MacAddress",
    "StopSignal",
    "Shell",
  ],
};

/** GET /containers/{id}/json. */
export const containerInspect: Shape = {
  always: {
    Id: "",
    Created: "",
    Path: "",
    Args: [],
    State: {},
    Image: "",
    ResolvConfPath: "",
    HostnamePath: "",
    HostsPath: "",
    LogPath: "",
    Name: "",
    RestartCount: 0,
    Driver: "",
    Platform: "linux",
    MountLabel: "",
    ProcessLabel: "",
    AppArmorProfile: "",
    ExecIDs: null,
    HostConfig: {},
    GraphDriver: { Data: null, Name: "" },
    Mounts: [],
    Config: {},
    NetworkSettings: {},
  },
  inner: {
    State: {
      always: {
        Status: "created",
        Running: false,
        Paused: false,
        Restarting: false,
        OOMKilled: false,
        Dead: false,
        Pid: 0,
        ExitCode: 0,
        Error: "",
        StartedAt: "0001-01-01T00:00:00Z",
        FinishedAt: "0001-01-01T00:00:00Z",
      },
    },
    HostConfig: hostConfig,
    Config: containerConfig,
    NetworkSettings: {
      always: {
        Bridge: "",
        SandboxID: "",
        SandboxKey: "",
        Ports: {},
        HairpinMode: false,
        LinkLocalIPv6Address: "",
        LinkLocalIPv6PrefixLen: 0,
        SecondaryIPAddresses: null,
        SecondaryIPv6Addresses: null,
        EndpointID: "",
        Gateway: "",
        GlobalIPv6Address: "",
        GlobalIPv6PrefixLen: 0,
        IPAddress: "",
        IPPrefixLen: 0,
        IPv6Gateway: "",
        MacAddress: "",
        Networks: {},
      },
      inner: { Networks: { each: endpointSettings } },
    },
  },
};

/** One element of GET /containers/json. */
export const containerSummary: Shape = {
  always: {
    Id: "",
    Names: [],
    Image: "",
    ImageID: "",
    Command: "",
    Created: 0,
    Ports: [],
    Labels: {},
    State: "",
    Status: "",
    HostConfig: {},
    NetworkSettings: { Networks: {} },
    Mounts: [],
  },
  omitEmpty: ["SizeRw", "SizeRootFs"],
  inner: {
    HostConfig: { always: {}, omitEmpty: ["Annotations", "NetworkMode"] },
    NetworkSettings: { always: { Networks: {} }, inner: { Networks: { each: endpointSettings } } },
  },
};

const imageConfig: Shape = {
  always: {
    Cmd: null,
    Entrypoint: null,
    Env: null,
    Labels: null,
    OnBuild: null,
    User: "",
    Volumes: null,
    WorkingDir: "",
  },
  omitEmpty: ["ExposedPorts", "Healthcheck", "ArgsEscaped", "StopSignal", "Shell"],
};

/** GET /images/{name}/json. */
export const imageInspect: Shape = {
  always: {
    Id: "",
    RepoTags: [],
    RepoDigests: [],
    Parent: "",
    Comment: "",
    Created: "",
    DockerVersion: "",
    Author: "",
    Architecture: "",
    Os: "",
    Size: 0,
    GraphDriver: { Data: null, Name: "" },
    RootFS: {},
    Metadata: { LastTagTime: "0001-01-01T00:00:00Z" },
    Config: {},
  },
  omitEmpty: ["Variant", "OsVersion"],
  inner: { Config: imageConfig },
};

/** One element of GET /images/json. */
export const imageSummary: Shape = {
  always: {
    Containers: -1,
    Created: 0,
    Id: "",
    Labels: null,
    ParentId: "",
    RepoDigests: [],
    RepoTags: [],
    SharedSize: -1,
    Size: 0,
  },
};

/** One element of GET /images/{name}/history. */
export const historyStep: Shape = {
  always: { Comment: "", Created: 0, CreatedBy: "", Id: "<missing>", Size: 0, Tags: null },
};

/** A volume, alone and in the list. */
export const volume: Shape = {
  always: {
    CreatedAt: "",
    Driver: "local",
    Labels: null,
    Mountpoint: "",
    Name: "",
    Options: null,
    Scope: "local",
  },
  omitEmpty: ["Status"],
};

/** A network, alone and in the list. */
export const network: Shape = {
  always: {
    Name: "",
    Id: "",
    Created: "",
    Scope: "local",
    Driver: "",
    EnableIPv4: true,
    EnableIPv6: false,
    IPAM: {},
    Internal: false,
    Attachable: false,
    Ingress: false,
    ConfigFrom: { Network: "" },
    ConfigOnly: false,
    Containers: {},
    Options: {},
    Labels: {},
  },
  omitEmpty: ["Peers"],
  inner: {
    IPAM: { always: { Driver: "default", Options: null, Config: null } },
    ConfigFrom: { always: { Network: "" } },
    Containers: {
      each: { always: { Name: "", EndpointID: "", MacAddress: "", IPv4Address: "", IPv6Address: "" } },
    },
  },
};

/** GET /exec/{id}/json. */
export const execInspect: Shape = {
  always: {
    ID: "",
    Running: false,
    ExitCode: null,
    ProcessConfig: {},
    OpenStdin: false,
    OpenStderr: false,
    OpenStdout: false,
    CanRemove: false,
    ContainerID: "",
    DetachKeys: "",
    Pid: 0,
  },
  inner: {
    ProcessConfig: {
      always: { tty: false, entrypoint: "", arguments: [], privileged: false },
      omitEmpty: ["user"],
    },
  },
};
