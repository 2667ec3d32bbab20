import type { Readable } from "node:stream";

/** TLS of a tcp engine; the PEM texts, not their paths. */
export interface TlsOptions {
  ca?: string;
  cert?: string;
  key?: string;
  /** Whether the engine's certificate is checked. */
  verify: boolean;
}

/** Where one HTTP connection goes: an ssh host is behind a local socket by then. */
export type Address =
  | { kind: "unix"; path: string }
  | { kind: "tcp"; hostname: string; port: number; basePath: string; tls?: TlsOptions };

/** A regular file by its path. */
export interface FileBody {
  file: string;
}

export interface WireRequest {
  method: string;
  /** Path and query. */
  path: string;
  headers: Record<string, string>;
  body?: string | Readable | FileBody;
  signal?: AbortSignal;
}

/** An answer whose body has not been read yet. */
export interface WireResponse {
  status: number;
  statusText: string;
  header(name: string): string | undefined;
  /** Pulled: who reads slowly slows the engine. Leaving the loop early ends the connection. */
  body: AsyncIterable<Uint8Array>;
  /** The body whole, as text. */
  text(): Promise<string>;
}

/** One way to carry a request. Rejects with a platform error when the engine cannot be reached. */
export type Transport = (address: Address, request: WireRequest) => Promise<WireResponse>;

/** What the Host header says on a unix socket, as docker's client does. */
export const unixHostName = "api.moby.localhost";

export function hostHeader(address: Address): string {
  return address.kind === "unix" ? unixHostName : `${address.hostname}:${address.port}`;
}
