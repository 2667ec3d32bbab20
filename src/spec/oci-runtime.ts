// OCI runtime specification (https://github.com/opencontainers/runtime-spec), the Linux parts this engine writes.

export interface RuntimeSpec {
  ociVersion: string;
  process: ProcessSpec;
  root: { path: string; readonly?: boolean };
  hostname?: string;
  mounts: MountSpec[];
  annotations?: Record<string, string>;
  linux: LinuxSpec;
}

/** The `process` object: of a container's first process, and alone the file that `exec --process` reads. */
export interface ProcessSpec {
  terminal?: boolean;
  consoleSize?: { height: number; width: number };
  user: ProcessUser;
  args: string[];
  env: string[];
  cwd: string;
  capabilities?: CapabilitySets;
  rlimits?: RlimitSpec[];
  noNewPrivileges?: boolean;
  apparmorProfile?: string;
  oomScoreAdj?: number;
}

export interface ProcessUser {
  uid: number;
  gid: number;
  additionalGids?: number[];
}

/** Names with the `CAP_` prefix. Docker never sets inheritable and ambient (CVE-2022-24769). */
export interface CapabilitySets {
  bounding: string[];
  effective: string[];
  permitted: string[];
}

export interface RlimitSpec {
  type: string;
  soft: number;
  hard: number;
}

export interface MountSpec {
  destination: string;
  type: string;
  source: string;
  options?: string[];
}

export type NamespaceType = "mount" | "network" | "uts" | "pid" | "ipc" | "user" | "cgroup";

/** Without a path: a new namespace. A namespace that is not listed is the host's. */
export interface NamespaceSpec {
  type: NamespaceType;
  path?: string;
}

export interface LinuxSpec {
  namespaces: NamespaceSpec[];
  cgroupsPath: string;
  resources: ResourcesSpec;
  devices?: DeviceSpec[];
  sysctl?: Record<string, string>;
  seccomp?: SeccompSpec;
  maskedPaths?: string[];
  readonlyPaths?: string[];
  rootfsPropagation?: string;
}

export interface DeviceSpec {
  path: string;
  type: "c" | "b" | "p";
  major: number;
  minor: number;
  fileMode: number;
  uid: number;
  gid: number;
}

/** An entry of the device allow list; without major or minor it means every number. */
export interface DeviceRule {
  allow: boolean;
  type?: "a" | "b" | "c";
  major?: number;
  minor?: number;
  access: string;
}

export interface ResourcesSpec {
  devices?: DeviceRule[];
  memory?: MemoryResources;
  cpu?: CpuResources;
  pids?: { limit: number };
  blockIO?: BlockIoResources;
  hugepageLimits?: { pageSize: string; limit: number }[];
}

/** Bytes; -1 lifts a limit. */
export interface MemoryResources {
  limit?: number;
  reservation?: number;
  swap?: number;
  swappiness?: number;
  disableOOMKiller?: boolean;
}

/** Times in microseconds. */
export interface CpuResources {
  shares?: number;
  quota?: number;
  period?: number;
  realtimeRuntime?: number;
  realtimePeriod?: number;
  cpus?: string;
  mems?: string;
}

export interface ThrottleSpec {
  major: number;
  minor: number;
  rate: number;
}

export interface BlockIoResources {
  weight?: number;
  weightDevice?: { major: number; minor: number; weight: number }[];
  throttleReadBpsDevice?: ThrottleSpec[];
  throttleWriteBpsDevice?: ThrottleSpec[];
  throttleReadIOPSDevice?: ThrottleSpec[];
  throttleWriteIOPSDevice?: ThrottleSpec[];
}

export interface SeccompSpec {
  defaultAction: string;
  defaultErrnoRet?: number;
  architectures?: string[];
  flags?: string[];
  listenerPath?: string;
  syscalls: SeccompRule[];
}

export interface SeccompRule {
  names: string[];
  action: string;
  errnoRet?: number;
  args?: SeccompArgument[];
}

export interface SeccompArgument {
  index: number;
  value: number;
  valueTwo?: number;
  op: string;
}
