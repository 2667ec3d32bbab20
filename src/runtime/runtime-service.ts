import type { Log } from "../base/log.ts";
import type { GroupFiles } from "../linux/cgroup-files.ts";
import type { CgroupUsage } from "../linux/cgroup-usage.ts";
import type { InterfaceCounters } from "../linux/interface-counters.ts";
import type { ContainerConfig, HostConfig } from "../spec/api/container.ts";
import type { KeptLog } from "./logs/log-keeper.ts";
import type { RunToEndOptions } from "./run-to-end.ts";

/** A mount of the container, resolved: the source exists and is safe to use. Order matters: parents first. */
export interface ResolvedMount {
  type: "bind" | "tmpfs";
  /** Host path for bind; ignored for tmpfs. */
  source: string;
  /** Absolute, clean path inside the container. */
  target: string;
  readOnly: boolean;
  /** bind: rprivate, rslave, …; `rbind` or `bind` is chosen by `nonRecursive`. */
  propagation?: string;
  nonRecursive?: boolean;
  /** tmpfs options as mount(8) takes them: size=64m, mode=1777, noexec, … */
  options?: string[];
}

/** All that the OCI bundle of one container is made from. */
export interface Launch {
  id: string;
  /** Directory of this container's own files (config.json, pid file, log); made by the caller. */
  directory: string;
  /** The mounted root file system. */
  rootfs: string;
  config: ContainerConfig;
  hostConfig: HostConfig;
  /** Entrypoint and command joined. */
  args: string[];
  /** Complete environment. */
  env: string[];
  hostname: string;
  mounts: ResolvedMount[];
  /** Namespace files to join; `host` shares the host's; undefined makes a private one. */
  namespaces: { network?: string; pid?: string; ipc?: string; uts?: string };
  /** The user namespace to live in, and the host's ids of its root; absent: the host's. */
  userNamespace?: { path: string; uid: number; gid: number } | undefined;
  /** Name from `--runtime`; empty for the engine's default. */
  runtime: string;
  /** Where the output is kept, and how much of it; undefined keeps none. */
  output?: KeptLog | undefined;
}

/** How a container's first process ended. */
export interface Exit {
  exitCode: number;
  finishedAt: Date;
  oomKilled: boolean;
  /** Nobody saw the end: the machine went down, so the code is made up. */
  unseen?: boolean;
  /** Whom the kernel ended for want of memory, as far as it tells, and how much its group had. Infinity: no limit. */
  oom?: { task?: string; usedBytes?: number; limitBytes: number };
}

export type OutputChunk = { stream: "stdout" | "stderr"; data: Uint8Array };

/** A live connection to a process's stdio. Output is pulled: who reads slowly slows the process, memory stays bounded. */
export interface Attachment {
  output: AsyncIterable<OutputChunk>;
  /** Resolves when the bytes are handed over. */
  write(data: Uint8Array): Promise<void>;
  /** Half-close: the process sees end of file on its stdin, output goes on. */
  closeInput(): Promise<void>;
  close(): void;
}

/** One look at a running container's counters. */
export interface ContainerUsage {
  readAt: Date;
  cgroup: CgroupUsage;
  /** Of its network namespace, which may be the host's or another container's. */
  interfaces: () => Map<string, InterfaceCounters>;
}

export interface ExecLaunch {
  id: string;
  containerId: string;
  /** The container's directory: the exec keeps its files in one of its own below it, and takes it away at its end. */
  directory: string;
  args: string[];
  env: string[];
  workingDir: string;
  user: string;
  tty: boolean;
  /** Of its terminal, from its first moment on. */
  size?: TerminalSize | undefined;
  stdin: boolean;
  privileged: boolean;
  capAdd?: string[];
}

export interface ExecProcess {
  pid: number;
  /** Its output ends when the exit code is known. */
  attachment: Attachment;
  /** The exit code. */
  exited: Promise<number>;
  resize(size: TerminalSize): void;
  /** A signal to it alone; nothing happens when it has ended. */
  kill(signal: number): void;
}

export type TerminalSize = { height: number; width: number };

export interface RuntimeInfo {
  name: string;
  path: string;
  version: string;
  /** Why it cannot run here, if it cannot. */
  problem?: string;
}

/** What `createRuntimeService` (create-runtime-service.ts) needs. */
export interface RuntimeServiceOptions {
  /** Volatile state of this engine (`/run/gantry`): the runtimes' own state and sockets live below it. */
  execRoot: string;
  log: Log;
  /** Further runtimes by name (`--add-runtime`): the path of the program and arguments that go before its command. */
  runtimes?: Record<string, { path: string; args?: string[] }>;
  /** `crun` where it can run, else `runc`, unless named. */
  defaultRuntime?: string;
  /** Of containers without `--cgroup-parent`: `/gantry` unless given. */
  cgroupParent?: string;
  /** The program bind-mounted as /sbin/docker-init for `--init`; looked for in PATH unless given. */
  initPath?: string;
  /** Let the kernel start containers faster on cgroup v1 (favor-cgroup-changes.ts). On unless false. */
  favorCgroupChanges?: boolean;
  /** Limits of containers that set none themselves (`default-ulimits`). */
  defaultUlimits?: HostConfig["Ulimits"];
}

/** conmon + OCI runtime. Every container's monitor outlives this process. */
export interface RuntimeService {
  readonly runtimes: RuntimeInfo[];
  readonly defaultRuntime: string;
  /** Why containers run unconfined although this kernel has AppArmor, where they do. */
  readonly appArmorProblem: string | undefined;
  /** The AppArmor profile of a container with this configuration; empty where there is none. */
  appArmorProfile(hostConfig: HostConfig): string;
  /**
   * Checks at container creation what only a start would find out: capability names, security options, runtime,
   * cpusets, limits. Throws Docker's errors; answers Docker's warnings, and the host configuration without the limits
   * that this kernel does not have. Takes nothing.
   */
  validate(config: ContainerConfig, hostConfig: HostConfig): { hostConfig: HostConfig; warnings: string[] };
  /** The same for limits that are to change. */
  validateUpdate(changes: HostConfig): { hostConfig: HostConfig; warnings: string[] };
  /**
   * Writes the bundle, starts conmon and the runtime's `create`: the process exists but does not run yet.
   * Throws a LaunchError (runtime-error.ts) that carries the exit code Docker records (126, 127, 128); nothing stays.
   */
  create(launch: Launch): Promise<{ pid: number; warnings: string[] }>;
  /**
   * Runs a process to its end without a monitor, and answers its exit code: for what dies with the engine. Throws LaunchErrors, or
   * `cancelled` on abort. Nothing stays.
   */
  runToEnd(launch: Launch, options: RunToEndOptions): Promise<number>;
  start(id: string): Promise<void>;
  /** Sends a signal to the first process. not-found when it is gone. */
  kill(id: string, signal: number): Promise<void>;
  /** Applies the limits of a host configuration to a running container: all, or none. */
  update(id: string, hostConfig: HostConfig): Promise<void>;
  pause(id: string): Promise<void>;
  unpause(id: string): Promise<void>;
  /** Resolves when the container's first process has ended and its code is known, also for one adopted after a restart. */
  exited(id: string): Promise<Exit>;
  /** Connects to stdio; before `start` nothing is lost. */
  attach(
    id: string,
    options: { stdin: boolean; stdout: boolean; stderr: boolean; tty: boolean },
  ): Promise<Attachment>;
  resize(id: string, size: TerminalSize): void;
  /** Throws Docker's errors for a user or group that a running container does not know: dockerd checks at exec's creation. */
  checkUser(id: string, user: string): void;
  exec(launch: ExecLaunch): Promise<ExecProcess>;
  /** Gives back the runtime's and monitor's leftovers (state, cgroup, sockets, pid files), killing what still runs. Idempotent. */
  delete(id: string): Promise<void>;
  /**
   * After a daemon restart: is its first process still there, and is it frozen? When it ended meanwhile, `exited`
   * resolves at once.
   */
  adopt(id: string, directory: string): Promise<{ running: boolean; paused: boolean; pid: number }>;
  /** Whether the container was created but never started (a crash between the two). */
  isCreated(id: string): Promise<boolean>;
  /**
   * What a running container has used and holds now, read at once. not-found when it has ended. Who looks at the same
   * run again gives the files that it keeps open meanwhile.
   */
  usage(id: string, files?: GroupFiles): ContainerUsage;
  /** Every process of the container, as the host numbers them. */
  processIds(id: string): Promise<number[]>;
  /** Ids of containers the runtime or a monitor of this engine still knows. */
  known(): Promise<string[]>;
  /** Ends what belongs to this process; containers live on. Empty cgroups of the engine are given back. */
  close(): Promise<void>;
}
