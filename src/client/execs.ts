import { objectPath } from "./object-path.ts";
import type { Client } from "./client.ts";
import type { RawConnection } from "./raw-connection.ts";

export interface ExecOptions {
  User?: string;
  Privileged?: boolean;
  Tty?: boolean;
  ConsoleSize?: [rows: number, columns: number];
  AttachStdin?: boolean;
  AttachStdout?: boolean;
  AttachStderr?: boolean;
  DetachKeys?: string;
  Env?: string[] | null;
  WorkingDir?: string;
  Cmd: string[];
}

export interface ExecStartOptions {
  Detach: boolean;
  Tty: boolean;
  ConsoleSize?: [rows: number, columns: number];
}

export interface ExecState {
  ID: string;
  ContainerID: string;
  Running: boolean;
  ExitCode: number | null;
  Pid: number;
}

const at = (id: string) => `/exec/${encodeURIComponent(id)}`;

export async function createExec(client: Client, container: string, options: ExecOptions): Promise<string> {
  const path = `${objectPath("container", container)}/exec`;
  const { Id } = await client.request<{ Id: string }>("POST", path, { body: options });
  return Id;
}

/** Starts it and leaves it alone. */
export function startExec(client: Client, id: string, options: ExecStartOptions): Promise<void> {
  return client.request("POST", `${at(id)}/start`, { body: options });
}

/** Starts it and answers its streams: framed (demultiplex.ts) unless it has a TTY. */
export function attachExec(client: Client, id: string, options: ExecStartOptions): Promise<RawConnection> {
  return client.connectRaw(`${at(id)}/start`, { body: options });
}

export function inspectExec(client: Client, id: string): Promise<ExecState> {
  return client.request("GET", `${at(id)}/json`);
}

export function resizeExec(client: Client, id: string, rows: number, columns: number): Promise<void> {
  return client.request("POST", `${at(id)}/resize`, { query: { h: rows, w: columns } });
}
