import type { ContainerConfig, HostConfig } from "../spec/api/container.ts";

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
  /** Name from `--runtime`; empty for the engine's default. */
  runtime: string;
  /** Where the log goes, in the k8s-file (CRI) format; undefined keeps no log. */
  logPath?: string;
}

/** How a container's first process ended. */
export interface Exit {
  exitCode: number;
  finishedAt: Date;
  oomKilled: boolean;
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

export interface ExecLaunch {
  id: string;
  containerId: string;
  directory: string;
  args: string[];
  env: string[];
  workingDir: string;
  user: string;
  tty: boolean;
  stdin: boolean;
  privileged: boolean;
  capAdd?: string[];
}

export interface ExecProcess {
  pid: number;
  attachment: Attachment;
  /** The exit code. */
  exited: Promise<number>;
  resize(size: TerminalSize): void;
}

export type TerminalSize = { height: number; width: number };

export interface RuntimeInfo {
  name: string;
  path: string;
  version: string;
  /** Why it cannot run here, if it cannot. */
  problem?: string;
}

/** conmon + OCI runtime. Every container's monitor outlives this process. */
export interface RuntimeService {
  readonly runtimes: RuntimeInfo[];
  readonly defaultRuntime: string;
  /**
   * Writes the bundle, starts conmon and the runtime's `create`: the process exists but does not run yet.
   * Throws `invalid` with the runtime's own message where that is the user's fault (command not found, …); nothing stays.
   */
  create(launch: Launch): Promise<{ pid: number; warnings: string[] }>;
  start(id: string): Promise<void>;
  /** Sends a signal to the first process. not-found when it is gone. */
  kill(id: string, signal: number): Promise<void>;
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
  exec(launch: ExecLaunch): Promise<ExecProcess>;
  /** Gives back the runtime's and monitor's leftovers (state, cgroup, sockets, pid files), killing what still runs. Idempotent. */
  delete(id: string): Promise<void>;
  /** After a daemon restart: is its first process still there? When it ended meanwhile, `exited` resolves at once. */
  adopt(id: string, directory: string): Promise<{ running: boolean; pid: number }>;
  /** Ids of containers the runtime or a monitor of this engine still knows. */
  known(): Promise<string[]>;
}
