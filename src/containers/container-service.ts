import type { Readable } from "node:stream";
import type {
  ContainerConfig,
  ContainerCreateResponse,
  ContainerInspectResponse,
  ContainerSummary,
  ContainerTopResponse,
  ContainerUpdateResponse,
  FilesystemChange,
  HostConfig,
} from "../spec/api/container.ts";
import type { ContainerStatsResponse } from "../spec/api/container-stats.ts";
import type { NetworkingConfig } from "../spec/api/network.ts";
import type { PruneItem } from "../spec/api/prune-preview.ts";
import type { PathStat } from "../spec/file-mode.ts";
import type { Timestamp } from "../spec/timestamp.ts";
import type { Filters } from "../images/image-service.ts";
import type { StatsRequest } from "./stats/container-stats.ts";
import type { Attachment, TerminalSize } from "../runtime/runtime-service.ts";

/** The body of POST /containers/create: the configuration with its two companions. */
export type CreateBody = ContainerConfig & { HostConfig?: HostConfig; NetworkingConfig?: NetworkingConfig };

export interface CreateRequest {
  body: CreateBody;
  /** Made up when absent. */
  name?: string;
  /** `os/arch[/variant]` as the client wrote it. */
  platform?: string;
}

export type WaitCondition = "not-running" | "next-exit" | "removed";

export interface WaitResult {
  StatusCode: number;
  Error?: { Message: string };
}

export interface AttachRequest {
  stdin: boolean;
  stdout: boolean;
  stderr: boolean;
  /** Past output first, then (with `stream`) what comes. */
  logs: boolean;
  stream: boolean;
  /** `ctrl-p,ctrl-q` unless the client names others. */
  detachKeys?: string;
  signal: AbortSignal;
}

/** An attachment plus what the hijack route must know. */
export interface ContainerAttachment extends Attachment {
  /** Raw stream instead of the 8-byte framed one. */
  tty: boolean;
}

export interface LogsRequest {
  follow: boolean;
  stdout: boolean;
  stderr: boolean;
  /** Undefined for no bound. */
  since?: Timestamp;
  until?: Timestamp;
  timestamps: boolean;
  details: boolean;
  /** Infinity for all. */
  tail: number;
  signal: AbortSignal;
}

export interface PutArchiveRequest {
  /** A directory in the container. */
  path: string;
  /** Plain or compressed; read as far as it is needed and not destroyed. */
  tar: Readable;
  /** Refuses to replace a directory by something else and the other way around. */
  keepKinds: boolean;
  /** Everything becomes the container's user's; else whose the archive says. */
  asUser: boolean;
}

export interface CommitRequest {
  container: string;
  /** Empty for an image without a name. */
  repository: string;
  tag: string;
  author: string;
  comment: string;
  /** Dockerfile instructions. */
  changes: string[];
  /** Stops a running container's processes meanwhile. */
  pause: boolean;
  /** Goes over the container's own configuration. */
  config?: ContainerConfig;
  signal?: AbortSignal;
}

export interface ExecCreateBody {
  AttachStdin?: boolean;
  AttachStdout?: boolean;
  AttachStderr?: boolean;
  ConsoleSize?: number[];
  DetachKeys?: string;
  Tty?: boolean;
  Env?: string[];
  Cmd?: string[];
  Privileged?: boolean;
  User?: string;
  WorkingDir?: string;
}

export interface ExecInspect {
  CanRemove: boolean;
  DetachKeys: string;
  ID: string;
  Running: boolean;
  ExitCode: number | null;
  ProcessConfig: {
    tty: boolean;
    entrypoint: string;
    arguments: string[];
    privileged: boolean;
    user?: string;
  };
  OpenStdin: boolean;
  OpenStderr: boolean;
  OpenStdout: boolean;
  ContainerID: string;
  Pid: number;
}

/** `type` chooses framing; the chunks of a TTY's log are plain bytes. */
export interface LogStream {
  tty: boolean;
  output: Attachment["output"];
}

/**
 * Every verb on containers. A reference is a name, an id or a unique id prefix. All errors are EngineErrors in
 * Docker's words; a verb that has nothing to do (start of a running container) throws `not-modified`.
 */
export interface ContainerService {
  create(request: CreateRequest): Promise<ContainerCreateResponse>;
  start(reference: string, options?: { detachKeys?: string }): Promise<void>;
  /** `timeoutSeconds`: -1 waits for ever; undefined takes the container's own. */
  stop(reference: string, options: { signal?: string; timeoutSeconds?: number }): Promise<void>;
  restart(reference: string, options: { signal?: string; timeoutSeconds?: number }): Promise<void>;
  kill(reference: string, signal: string): Promise<void>;
  pause(reference: string): Promise<void>;
  unpause(reference: string): Promise<void>;
  remove(reference: string, options: { force: boolean; volumes: boolean; link: boolean }): Promise<void>;
  rename(reference: string, name: string): Promise<void>;
  update(reference: string, changes: Partial<HostConfig>): Promise<ContainerUpdateResponse>;
  /** Validates at once and answers the promise of the result, so that a route can send its header before it waits. */
  wait(reference: string, condition: WaitCondition, signal: AbortSignal): { result: Promise<WaitResult> };
  list(options: {
    all: boolean;
    limit?: number;
    size?: boolean;
    filters: Filters;
  }): Promise<ContainerSummary[]>;
  inspect(reference: string, options: { size: boolean }): Promise<ContainerInspectResponse>;
  attach(reference: string, request: AttachRequest): Promise<ContainerAttachment>;
  resize(reference: string, size: TerminalSize): Promise<void>;
  logs(reference: string, request: LogsRequest): Promise<LogStream>;
  /** Checks at once. Without `stream` exactly one sample; a container that does not run has an empty one. */
  stats(reference: string, request: StatsRequest): AsyncIterable<ContainerStatsResponse>;
  top(reference: string, psArgs: string): Promise<ContainerTopResponse>;
  prune(filters: Filters): Promise<{ ContainersDeleted: string[]; SpaceReclaimed: number }>;
  /** What `prune` would remove now. */
  planPrune(filters: Filters): Promise<PruneItem[]>;

  statPath(reference: string, path: string): Promise<PathStat>;
  /** The tar of what is at `path`; to be read to its end or destroyed. */
  getArchive(reference: string, path: string): Promise<{ stat: PathStat; tar: Readable }>;
  putArchive(reference: string, request: PutArchiveRequest): Promise<void>;
  /** The tar of the whole root file system; to be read to its end or destroyed. */
  export(reference: string): Promise<Readable>;
  /** What it changed in its image's file system. */
  changes(reference: string): Promise<FilesystemChange[]>;
  /** Makes an image of the container's changes. */
  commit(request: CommitRequest): Promise<{ Id: string }>;

  execCreate(reference: string, body: ExecCreateBody): Promise<{ Id: string }>;
  /** Detached: resolves when it runs. Attached: answers its stdio. */
  execStart(
    execId: string,
    options: { detach: boolean; tty: boolean; consoleSize?: TerminalSize; signal: AbortSignal },
  ): Promise<ContainerAttachment | undefined>;
  execResize(execId: string, size: TerminalSize): Promise<void>;
  execInspect(execId: string): ExecInspect;
}
