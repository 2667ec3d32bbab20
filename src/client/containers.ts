import type { Readable } from "node:stream";
import type {
  ContainerConfig,
  ContainerCreateResponse,
  ContainerInspectResponse,
  ContainerSummary,
  ContainerTopResponse,
  ContainerUpdateResponse,
  ContainerWaitResponse,
  FilesystemChange,
  HostConfig,
} from "../spec/api/container.ts";
import type { ContainerStatsResponse } from "../spec/api/container-stats.ts";
import type { NetworkingConfig } from "../spec/api/network.ts";
import type { PathStat } from "../spec/file-mode.ts";
import type { Client, OpenedAnswer, Query } from "./client.ts";
import { objectPath } from "./object-path.ts";
import type { RawConnection } from "./raw-connection.ts";

export type Filters = Record<string, readonly string[]>;

/** The body of container creation. */
export type CreateBody = ContainerConfig & { HostConfig?: HostConfig; NetworkingConfig?: NetworkingConfig };

function at(name: string): string {
  return objectPath("container", name);
}

export interface ListOptions {
  all?: boolean;
  limit?: number;
  size?: boolean;
  filters?: Filters;
}

export function listContainers(client: Client, options: ListOptions = {}): Promise<ContainerSummary[]> {
  const { all, limit, size, filters } = options;
  return client.request("GET", "/containers/json", {
    query: {
      ...(all && { all: 1 }),
      ...(limit !== undefined && limit > 0 && { limit }),
      ...(size && { size: 1 }),
      ...(filters && Object.keys(filters).length > 0 && { filters }),
    },
  });
}

export function createContainer(
  client: Client,
  body: CreateBody,
  options: { name?: string; platform?: string } = {},
): Promise<ContainerCreateResponse> {
  const query = { name: options.name || undefined, platform: options.platform || undefined };
  return client.request("POST", "/containers/create", { query, body });
}

export function inspectContainer(
  client: Client,
  id: string,
  options: { size?: boolean } = {},
): Promise<ContainerInspectResponse> {
  return client.request("GET", `${at(id)}/json`, { query: { ...(options.size && { size: 1 }) } });
}

export function startContainer(client: Client, id: string): Promise<void> {
  return client.request("POST", `${at(id)}/start`);
}

/** `timeoutSeconds`: -1 waits for ever; undefined takes the container's own. */
export interface StopOptions {
  signal?: string;
  timeoutSeconds?: number;
}

const stopQuery = (options: StopOptions): Query => ({
  signal: options.signal || undefined,
  t: options.timeoutSeconds,
});

export function stopContainer(client: Client, id: string, options: StopOptions = {}): Promise<void> {
  return client.request("POST", `${at(id)}/stop`, { query: stopQuery(options) });
}

export function restartContainer(client: Client, id: string, options: StopOptions = {}): Promise<void> {
  return client.request("POST", `${at(id)}/restart`, { query: stopQuery(options) });
}

export function killContainer(client: Client, id: string, signal?: string): Promise<void> {
  return client.request("POST", `${at(id)}/kill`, { query: { signal: signal || undefined } });
}

export function pauseContainer(client: Client, id: string): Promise<void> {
  return client.request("POST", `${at(id)}/pause`);
}

export function unpauseContainer(client: Client, id: string): Promise<void> {
  return client.request("POST", `${at(id)}/unpause`);
}

export function renameContainer(client: Client, id: string, name: string): Promise<void> {
  return client.request("POST", `${at(id)}/rename`, { query: { name } });
}

export interface RemoveOptions {
  force?: boolean;
  /** Its anonymous volumes too. */
  volumes?: boolean;
  /** Only the link of that name. */
  link?: boolean;
}

export function removeContainer(client: Client, id: string, options: RemoveOptions = {}): Promise<void> {
  const query = {
    ...(options.volumes && { v: 1 }),
    ...(options.link && { link: 1 }),
    ...(options.force && { force: 1 }),
  };
  return client.request("DELETE", at(id), { query });
}

export type WaitCondition = "not-running" | "next-exit" | "removed";

/** Resolves when the container has reached the condition. */
export async function waitContainer(
  client: Client,
  id: string,
  condition?: WaitCondition,
  signal?: AbortSignal,
): Promise<ContainerWaitResponse> {
  return (await openWait(client, id, condition, signal)).result;
}

/** Resolves as soon as the engine has registered the wait: what is started after that cannot be missed. */
export async function openWait(
  client: Client,
  id: string,
  condition?: WaitCondition,
  signal?: AbortSignal,
): Promise<{ result: Promise<ContainerWaitResponse> }> {
  const answer = await client.begin("POST", `${at(id)}/wait`, {
    query: { condition },
    ...(signal && { signal }),
  });
  return { result: answer.text().then((text) => JSON.parse(text) as ContainerWaitResponse) };
}

export function updateContainer(
  client: Client,
  id: string,
  changes: Partial<HostConfig>,
): Promise<ContainerUpdateResponse> {
  return client.request("POST", `${at(id)}/update`, { body: changes });
}

export function topContainer(client: Client, id: string, psArguments: string): Promise<ContainerTopResponse> {
  return client.request("GET", `${at(id)}/top`, { query: { ps_args: psArguments || undefined } });
}

export function diffContainer(client: Client, id: string): Promise<FilesystemChange[] | null> {
  return client.request("GET", `${at(id)}/changes`);
}

export function resizeContainer(client: Client, id: string, rows: number, columns: number): Promise<void> {
  return client.request("POST", `${at(id)}/resize`, { query: { h: rows, w: columns } });
}

export interface AttachOptions {
  stdin?: boolean;
  stdout?: boolean;
  stderr?: boolean;
  logs?: boolean;
  detachKeys?: string;
}

/** The container's streams: framed (demultiplex.ts) unless it has a TTY. */
export function attachContainer(client: Client, id: string, options: AttachOptions): Promise<RawConnection> {
  const query = {
    stream: 1,
    ...(options.stdin && { stdin: 1 }),
    ...(options.stdout && { stdout: 1 }),
    ...(options.stderr && { stderr: 1 }),
    ...(options.logs && { logs: 1 }),
    detachKeys: options.detachKeys || undefined,
  };
  return client.connectRaw(`${at(id)}/attach`, { query });
}

export interface LogsOptions {
  stdout?: boolean;
  stderr?: boolean;
  follow?: boolean;
  timestamps?: boolean;
  details?: boolean;
  /** As the API takes them: seconds with fraction, or a date. */
  since?: string;
  until?: string;
  tail?: string;
}

export function containerLogs(
  client: Client,
  id: string,
  options: LogsOptions,
  signal?: AbortSignal,
): Promise<Readable> {
  const { since, until, tail, ...switches } = options;
  const query: Query = { since: since || undefined, until: until || undefined, tail };
  for (const [name, on] of Object.entries(switches)) if (on) query[name] = 1;
  return client.stream("GET", `${at(id)}/logs`, { query, ...(signal && { signal }) });
}

export function containerStats(
  client: Client,
  id: string,
  options: { stream: boolean; signal?: AbortSignal },
): AsyncIterable<ContainerStatsResponse> {
  const { stream, signal } = options;
  return client.lines("GET", `${at(id)}/stats`, {
    query: { stream: stream ? 1 : 0 },
    ...(signal && { signal }),
  });
}

/** The container's file system as a tar stream. */
export function exportContainer(client: Client, id: string, signal?: AbortSignal): Promise<Readable> {
  return client.stream("GET", `${at(id)}/export`, { ...(signal && { signal }) });
}

export function pruneContainers(
  client: Client,
  filters?: Filters,
): Promise<{ ContainersDeleted: string[] | null; SpaceReclaimed: number }> {
  return client.request("POST", "/containers/prune", { query: { filters } });
}

/** What is at `path` in the container. */
export async function containerPathStat(client: Client, id: string, path: string): Promise<PathStat> {
  const answer = await client.open("HEAD", `${at(id)}/archive`, { query: { path } });
  answer.body.resume();
  return pathStatOf(answer);
}

/** The tar of `path`, and what it is. */
export async function getContainerArchive(
  client: Client,
  id: string,
  path: string,
  signal?: AbortSignal,
): Promise<{ stat: PathStat; tar: Readable }> {
  const options = { query: { path }, ...(signal && { signal }) };
  const answer = await client.open("GET", `${at(id)}/archive`, options);
  return { stat: pathStatOf(answer), tar: answer.body };
}

export interface PutArchiveOptions {
  /** Everything becomes the container's user's. */
  asUser?: boolean;
  signal?: AbortSignal;
}

/** Unpacks `tar` into the directory `path`; a directory never replaces something else, nor the other way around. */
export function putContainerArchive(
  client: Client,
  id: string,
  path: string,
  tar: Readable,
  { asUser, signal }: PutArchiveOptions = {},
): Promise<void> {
  return client.request("PUT", `${at(id)}/archive`, {
    query: { path, noOverwriteDirNonDir: "true", ...(asUser && { copyUIDGID: "true" }) },
    headers: { "Content-Type": "application/x-tar" },
    stream: tar,
    ...(signal && { signal }),
  });
}

function pathStatOf({ header }: OpenedAnswer): PathStat {
  const text = header("X-Docker-Container-Path-Stat") ?? "";
  return JSON.parse(Buffer.from(text, "base64").toString()) as PathStat;
}
