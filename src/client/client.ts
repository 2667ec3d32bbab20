import type { Duplex, Readable } from "node:stream";
import type { RawConnection } from "./raw-connection.ts";

/** Query parameters; undefined ones are left out, arrays repeat, objects are sent as JSON (filters). */
export type Query = Record<string, string | number | boolean | readonly string[] | object | undefined>;

export interface RequestOptions {
  query?: Query;
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as it is. */
  text?: string;
  /** Sent as it is, chunked. */
  stream?: Readable;
  /** A regular file that is sent whole. */
  file?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** An answer the engine refused: its HTTP status and the message of its error body. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = "ApiError";
    this.status = status;
  }
}

/** The engine could not be reached at all. */
export class ConnectionError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "ConnectionError";
  }
}

/** An answer whose body is still to be read. */
export interface OpenedAnswer {
  header: (name: string) => string | undefined;
  body: Readable;
}

/** Typed access to a Docker-compatible engine: unix socket, TCP with TLS, or ssh. One per engine; `close` ends its connections. */
export interface Client {
  /** `unix:///run/gantry/gantry.sock`, `tcp://…`, `ssh://…` as resolved. */
  readonly host: string;
  /** JSON request; answers the decoded body (undefined for 204 and empty). Throws ApiError or ConnectionError. */
  request<T>(method: string, path: string, options?: RequestOptions): Promise<T>;
  /** The body as the engine wrote it: JSON with its order of keys and all digits. */
  text(method: string, path: string, options?: RequestOptions): Promise<string>;
  /** As soon as the answer's head has come: what the engine registered is registered. The body may take for ever. */
  begin(method: string, path: string, options?: RequestOptions): Promise<{ text(): Promise<string> }>;
  /** The body as a stream. */
  stream(method: string, path: string, options?: RequestOptions): Promise<Readable>;
  /** The body as a stream, with what the answer's header says. */
  open(method: string, path: string, options?: RequestOptions): Promise<OpenedAnswer>;
  /** A body of JSON lines, one value at a time. */
  lines<T>(method: string, path: string, options?: RequestOptions): AsyncIterable<T>;
  /** Upgrades the connection to a raw stream (attach, exec start), paused: half-close works both ways. */
  hijack(path: string, options?: RequestOptions): Promise<Duplex>;
  /** The same as what a command relays: without Node's streams, which take longer to load than a container takes to start. */
  connectRaw(path: string, options?: RequestOptions): Promise<RawConnection>;
  /** A connection of its own, nothing sent on it yet: what `system dial-stdio` relays. */
  dial(): Promise<Duplex>;
  close(): void;
}
