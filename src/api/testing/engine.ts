// What the API's tests stand on: services kept in memory (the wire is what is tested here) and a server on a socket.
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, connect, type Server as NetServer, type Socket } from "node:net";
import { request, type IncomingHttpHeaders } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EngineError } from "../../base/errors.ts";
import { Log } from "../../base/log.ts";
import type { Attachment, OutputChunk } from "../../runtime/runtime-service.ts";
import { createApiServer, type ApiServer } from "../api-server.ts";
import type { Services } from "../services.ts";

/** Any part of the services; what a test does not give fails loudly when called. */
export type Parts = { [K in keyof Services]?: Partial<Services[K]> };

export function servicesOf(parts: Parts): Services {
  const missing = (room: string) =>
    new Proxy(parts[room as keyof Parts] ?? {}, {
      get(target, name) {
        const given: unknown = Reflect.get(target, name);
        if (given !== undefined) return given;
        return () => {
          throw new Error(`test gave no ${room}.${String(name)}`);
        };
      },
    });
  return {
    system: missing("system"),
    containers: missing("containers"),
    images: missing("images"),
    volumes: missing("volumes"),
    networks: missing("networks"),
    leases: missing("leases"),
    builds: missing("builds"),
    buildInputs: missing("buildInputs"),
  } as Services;
}

export interface Running {
  api: ApiServer;
  path: string;
  /** Lines of the log, debug included. */
  log: string[];
  [Symbol.asyncDispose](): Promise<void>;
}

/** `handed`: connections come from another server, as with socket activation and TLS. */
export async function serve(parts: Parts, options: { handed?: boolean } = {}): Promise<Running> {
  const directory = mkdtempSync(join(tmpdir(), "gantry-api-"));
  const path = join(directory, "api.sock");
  const log: string[] = [];
  const api = createApiServer(servicesOf(parts), { log: new Log("debug", (line) => log.push(line)) });
  let gate: NetServer | undefined;
  const { promise, resolve } = Promise.withResolvers<void>();
  if (options.handed) {
    gate = createServer({ allowHalfOpen: true }, (socket) => api.server.emit("connection", socket));
    gate.listen(path, resolve);
  } else {
    api.server.listen(path, resolve);
  }
  await promise;
  return {
    api,
    path,
    log,
    async [Symbol.asyncDispose]() {
      gate?.close();
      await api.close(0);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Ask {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

/** One request over the socket at `path`, on a connection of its own. */
export function ask(socketPath: string, path: string, { method = "GET", headers, body }: Ask = {}) {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const call = request({ socketPath, path, method, headers, agent: false }, (response) => {
    const parts: Buffer[] = [];
    response.on("data", (part: Buffer) => parts.push(part));
    response.on("error", reject);
    response.on("end", () =>
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        body: Buffer.concat(parts).toString(),
      }),
    );
  });
  call.on("error", reject);
  call.end(body);
  return promise;
}

export function askJson(socketPath: string, path: string, body: string, method = "POST"): Promise<Answer> {
  return ask(socketPath, path, { method, body, headers: { "Content-Type": "application/json" } });
}

/** A raw connection whose other half stays open when one is closed. */
export class RawClient {
  readonly socket: Socket;
  received = Buffer.alloc(0);
  ended = false;
  #waiters: (() => void)[] = [];

  constructor(path: string) {
    this.socket = connect({ path, allowHalfOpen: true });
    this.socket.on("data", (part: Buffer) => {
      this.received = Buffer.concat([this.received, part]);
      this.#wake();
    });
    this.socket.on("end", () => {
      this.ended = true;
      this.#wake();
    });
    this.socket.on("error", () => this.#wake());
    this.socket.on("close", () => {
      this.ended = true;
      this.#wake();
    });
  }

  write(data: string | Uint8Array): void {
    this.socket.write(data);
  }

  /** Waits until `test` holds of what has come so far. */
  async until(test: (client: RawClient) => boolean): Promise<void> {
    while (!test(this)) {
      if (this.ended) throw new Error(`ended with ${JSON.stringify(this.received.toString("latin1"))}`);
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  /** The header's text, once it is there; `received` keeps what follows it. */
  async header(): Promise<string> {
    await this.until(({ received }) => received.includes("\r\n\r\n"));
    const end = this.received.indexOf("\r\n\r\n") + 4;
    const text = this.received.subarray(0, end).toString("latin1");
    this.received = this.received.subarray(end);
    return text;
  }

  #wake(): void {
    for (const waiter of this.#waiters.splice(0)) waiter();
  }
}

/** A process's stdio in memory: `emit` is its output, `input` what it was sent. */
export class FakeProcess implements Attachment {
  readonly tty: boolean;
  input = "";
  inputClosed = false;
  closed = false;
  readonly output: AsyncIterable<OutputChunk>;
  #queue: OutputChunk[] = [];
  #ended = false;
  #wake = Promise.withResolvers<void>();
  #changed = Promise.withResolvers<void>();

  constructor(tty = false, output?: AsyncIterable<OutputChunk>) {
    this.tty = tty;
    this.output = output ?? this.#chunks();
  }

  emit(stream: OutputChunk["stream"], data: string): void {
    this.#queue.push({ stream, data: Buffer.from(data) });
    this.#wake.resolve();
  }

  end(): void {
    this.#ended = true;
    this.#wake.resolve();
  }

  write(data: Uint8Array): Promise<void> {
    this.input += Buffer.from(data).toString();
    this.#change();
    return Promise.resolve();
  }

  closeInput(): Promise<void> {
    this.inputClosed = true;
    this.#change();
    return Promise.resolve();
  }

  close(): void {
    this.closed = true;
    this.end();
    this.#change();
  }

  async until(test: (process: FakeProcess) => boolean): Promise<void> {
    while (!test(this)) await this.#changed.promise;
  }

  #change(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  async *#chunks(): AsyncGenerator<OutputChunk> {
    for (;;) {
      const next = this.#queue.shift();
      if (next !== undefined) yield next;
      else if (this.#ended) return;
      else {
        await this.#wake.promise;
        this.#wake = Promise.withResolvers();
      }
    }
  }
}

export function noSuchContainer(name: string): EngineError {
  return new EngineError("not-found", `No such container: ${name}`);
}
