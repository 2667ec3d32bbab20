import type { Duplex, Readable } from "node:stream";
import {
  type Client,
  ConnectionError,
  type OpenedAnswer,
  type Query,
  type RequestOptions,
} from "./client.ts";
import { connectionMessage } from "./connection-message.ts";
import { fetchTransport } from "./fetch-transport.ts";
import type { Endpoint } from "./endpoint.ts";
import { jsonLines } from "./json-lines.ts";
import { straightPath } from "./object-path.ts";
import type { RawConnection } from "./raw-connection.ts";
import { refused, supportedVersion } from "./refusal.ts";
import type { Address, TlsOptions, Transport, WireRequest, WireResponse } from "./transport.ts";
import type { Upgrade } from "./upgrade.ts";

/** The API version this client is written for. */
export const newestApiVersion = "1.51";

export interface ApiCall {
  method: string;
  path: string;
  status: number;
  durationMs: number;
}

export interface ClientOptions {
  /** As the user wrote it, for messages. */
  host: string;
  endpoint: Endpoint;
  tls?: TlsOptions;
  /** Fixes the version; otherwise the newest, and the engine's own where that is older. */
  apiVersion?: string;
  headers?: Record<string, string>;
  /** Told of each call after its answer's head has come (`--debug`). */
  onCall?: (call: ApiCall) => void;
}

const onBun = process.versions.bun !== undefined;

/** A client of one engine. Nothing is opened before the first request. */
export function createClient(options: ClientOptions): Client {
  return new EngineClient(options);
}

class EngineClient implements Client {
  readonly host: string;
  readonly #options: ClientOptions;
  #version: string;
  #address: Promise<Address> | undefined;
  #closed = new AbortController();

  constructor(options: ClientOptions) {
    this.host = options.host;
    this.#options = options;
    this.#version = options.apiVersion ?? newestApiVersion;
  }

  async request<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
    const response = await this.#send(method, path, options);
    const text = await this.#reading(response.text());
    if (text === "") return undefined as T;
    const json = response.header("content-type")?.startsWith("application/json") ?? false;
    return (json ? JSON.parse(text) : text) as T;
  }

  async text(method: string, path: string, options: RequestOptions = {}): Promise<string> {
    const response = await this.#send(method, path, options);
    return this.#reading(response.text());
  }

  async begin(
    method: string,
    path: string,
    options: RequestOptions = {},
  ): Promise<{ text(): Promise<string> }> {
    const response = await this.#send(method, path, options);
    return { text: () => this.#reading(response.text()) };
  }

  async stream(method: string, path: string, options: RequestOptions = {}): Promise<Readable> {
    return (await this.open(method, path, options)).body;
  }

  async open(method: string, path: string, options: RequestOptions = {}): Promise<OpenedAnswer> {
    const [response, { Readable }] = await Promise.all([
      this.#send(method, path, options),
      import("node:stream"),
    ]);
    const body =
      response.body instanceof Readable ? response.body : Readable.from(response.body, { objectMode: false });
    return { header: (name) => response.header(name), body };
  }

  async *lines<T>(method: string, path: string, options: RequestOptions = {}): AsyncIterable<T> {
    const response = await this.#send(method, path, options);
    yield* jsonLines<T>(response.body);
  }

  async hijack(path: string, options: RequestOptions = {}): Promise<Duplex> {
    const [address, { hijack }] = await Promise.all([this.#connect(), import("./hijack.ts")]);
    return this.#upgrade(path, options, (request) => hijack(address, request));
  }

  async connectRaw(path: string, options: RequestOptions = {}): Promise<RawConnection> {
    const address = await this.#connect();
    if (onBun && address.kind === "unix") {
      const { upgradeUnix } = await import("./unix-connection.ts");
      return this.#upgrade(path, options, (request) => upgradeUnix(address, request));
    }
    const { overStream } = await import("./raw-connection.ts");
    return overStream(await this.hijack(path, options));
  }

  async #upgrade<S>(
    path: string,
    options: RequestOptions,
    send: (request: WireRequest) => Promise<Upgrade<S>>,
  ): Promise<S> {
    const { upgrade } = await this.#timed("POST", path, options, async (request) => {
      const answer = await send(request);
      return { status: "stream" in answer ? 101 : answer.status, upgrade: answer };
    });
    if ("stream" in upgrade) return upgrade.stream;
    const { status, body } = upgrade;
    if (this.#downgrade(status, body)) return this.#upgrade(path, options, send);
    throw refused(status, body, path);
  }

  async dial(): Promise<Duplex> {
    const [address, { openSocket }] = await Promise.all([this.#connect(), import("./hijack.ts")]);
    return this.#reading(openSocket(address));
  }

  close(): void {
    this.#closed.abort();
  }

  async #send(method: string, path: string, options: RequestOptions): Promise<WireResponse> {
    const address = await this.#connect();
    const transport = await this.#transport(options);
    const response = await this.#timed(method, path, options, (request) => transport(address, request));
    if (response.status < 400) return response;
    const body = await this.#reading(response.text());
    if (this.#downgrade(response.status, body) && !options.stream) return this.#send(method, path, options);
    throw refused(response.status, body, path);
  }

  async #transport(options: RequestOptions): Promise<Transport> {
    if (onBun && !options.stream) return fetchTransport;
    return (await import("./http-transport.ts")).httpTransport;
  }

  /** Sends one request, reports it, and turns a failure to reach the engine into a ConnectionError. */
  async #timed<R extends { status: number }>(
    method: string,
    path: string,
    options: RequestOptions,
    send: (request: WireRequest) => Promise<R>,
  ): Promise<R> {
    const request = this.#wire(method, path, options);
    const startedMs = performance.now();
    const answer = await this.#reading(send(request));
    this.#options.onCall?.({
      method,
      path: request.path,
      status: answer.status,
      durationMs: performance.now() - startedMs,
    });
    return answer;
  }

  async #reading<R>(work: Promise<R>): Promise<R> {
    try {
      return await work;
    } catch (error) {
      if (error instanceof Error && error.name === "AbortError") throw error;
      throw new ConnectionError(connectionMessage(this.host, this.#options.tls !== undefined, error), error);
    }
  }

  #wire(method: string, path: string, options: RequestOptions): WireRequest {
    const headers: Record<string, string> = { ...this.#options.headers, ...options.headers };
    let body: WireRequest["body"];
    if (options.stream) body = options.stream;
    else if (options.file !== undefined) body = { file: options.file };
    else if (options.text !== undefined) body = options.text;
    else if (options.body !== undefined) {
      headers["Content-Type"] = "application/json";
      body = JSON.stringify(options.body);
    }
    return {
      method,
      path: `/v${this.#version}${straightPath(path)}${queryString(options.query)}`,
      headers,
      ...(body !== undefined && { body }),
      signal: options.signal ? AbortSignal.any([options.signal, this.#closed.signal]) : this.#closed.signal,
    };
  }

  /** Whether the engine refused our version and named one of its own to go on with. */
  #downgrade(status: number, body: string): boolean {
    const supported = supportedVersion(status, body);
    if (supported === undefined || this.#options.apiVersion !== undefined || supported === this.#version)
      return false;
    this.#version = supported;
    return true;
  }

  #connect(): Promise<Address> {
    this.#address ??= this.#resolve();
    return this.#address;
  }

  async #resolve(): Promise<Address> {
    const { endpoint, tls } = this.#options;
    if (endpoint.kind === "ssh") {
      const { openSshTunnel } = await import("./ssh-tunnel.ts");
      return openSshTunnel(endpoint, this.#closed.signal);
    }
    if (endpoint.kind === "unix") return endpoint;
    return { ...endpoint, ...(tls && { tls }) };
  }
}

/** `?a=1&b=2`, or nothing. Undefined values are left out, arrays repeat, objects go as JSON. */
export function queryString(query: Query | undefined): string {
  if (query === undefined) return "";
  const parts: string[] = [];
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? (value as readonly string[]) : [value]) {
      const text = typeof one === "object" ? JSON.stringify(one) : String(one);
      parts.push(`${formEncode(name)}=${formEncode(text)}`);
    }
  }
  return parts.length === 0 ? "" : `?${parts.join("&")}`;
}

/** As forms are encoded (and Go's clients do): a space is a plus. */
function formEncode(text: string): string {
  return encodeURIComponent(text).replaceAll("%20", "+");
}
