import { createServer as createPlain, type IncomingMessage, type Server } from "node:http";
import { createServer as createSecure, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import { Log } from "../../base/log.ts";
import { proxiesFrom } from "../proxy.ts";
import { createRegistryClient, type RegistryClient } from "../registry-client.ts";
import type { RegistryConfig } from "../registry-config.ts";

export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
}

/** A server that answers as a test says: for what no real registry can be brought to do. */
export class ScriptedServer {
  /** `METHOD URL`, with the Authorization header where there was one. */
  readonly asked: string[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(
    answer: (line: string, request: IncomingMessage) => Answer,
    tls?: ServerOptions,
  ): Promise<ScriptedServer> {
    const handle = (request: IncomingMessage, response: import("node:http").ServerResponse) => {
      const line = `${request.method} ${request.url}`;
      const { authorization } = request.headers;
      server.asked.push(authorization === undefined ? line : `${line} ${authorization}`);
      request.resume();
      const { status = 200, headers = {}, body = "" } = answer(line, request);
      response.writeHead(status, headers).end(body);
    };
    const server = new ScriptedServer(tls === undefined ? createPlain(handle) : createSecure(tls, handle));
    await new Promise<void>((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** A client as the engine has one, that waits for nothing. */
export function testClient(
  options: {
    config?: Partial<RegistryConfig>;
    certificateDirectories?: string[];
    env?: Record<string, string>;
  } = {},
): RegistryClient {
  return createRegistryClient({
    config: { registries: {}, registryMirrors: [], insecureRegistries: [], ...options.config },
    proxies: proxiesFrom(options.env ?? {}),
    certificateDirectories: options.certificateDirectories ?? [],
    userAgent: "test",
    log: new Log("error", () => {}),
    policy: { attempts: 3, firstDelayMs: 1 },
  });
}
