import {
  createServer,
  type IncomingMessage,
  request as send,
  type Server,
  type ServerResponse,
} from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";

/** A name that only the proxy knows, and what stands there: `registry.test:443` and `127.0.0.1:PORT`. */
export type ProxyNames = Record<string, string>;

/**
 * A proxy for HTTP (RFC 9110, 9.3.6): whole URLs, and CONNECT. It asks for a password where it was given one, and finds
 * names that nobody else can look up, so that what comes through has come through it.
 */
export class TestProxy {
  /** `CONNECT registry.test:443`, `GET http://registry.test/v2/`. */
  readonly seen: string[] = [];
  readonly names: ProxyNames = {};
  readonly #credentials: string | undefined;
  readonly #server: Server;
  readonly #tunnels = new Set<Duplex>();

  private constructor(credentials: string | undefined) {
    this.#credentials = credentials;
    this.#server = createServer((request, response) => this.#relay(request, response));
    this.#server.on("connect", (request: IncomingMessage, socket: Duplex) => this.#tunnel(request, socket));
  }

  /** `credentials` are `USER:PASSWORD`. */
  static async start(credentials?: string): Promise<TestProxy> {
    const proxy = new TestProxy(credentials);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  dispose(): void {
    this.#server.close();
    this.#server.closeAllConnections();
    for (const socket of this.#tunnels) socket.destroy();
  }

  #mayPass({ headers }: IncomingMessage): boolean {
    const wanted = this.#credentials;
    if (wanted === undefined) return true;
    return headers["proxy-authorization"] === `Basic ${Buffer.from(wanted).toString("base64")}`;
  }

  #relay(request: IncomingMessage, response: ServerResponse): void {
    const { method, url = "", headers } = request;
    this.seen.push(`${method} ${url}`);
    if (!this.#mayPass(request)) return void response.writeHead(407, { "Proxy-Authenticate": "Basic" }).end();
    const { host, pathname, search } = new URL(url);
    const place = this.#placeOf(host.includes(":") ? host : `${host}:80`);
    const onward = send(`http://${place}${pathname}${search}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    request.pipe(onward);
  }

  #tunnel(request: IncomingMessage, socket: Duplex): void {
    this.seen.push(`CONNECT ${request.url}`);
    if (!this.#mayPass(request)) {
      socket.end(
        'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="test"\r\n\r\n',
      );
      return;
    }
    const [host = "", port] = this.#placeOf(request.url ?? "").split(":");
    const onward: Socket = connect(Number(port), host, () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      socket.pipe(onward).pipe(socket);
    });
    // Said instead of the tunnel, where there is none yet.
    onward.on("error", () => socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n"));
    socket.on("error", () => onward.destroy());
    for (const each of [socket, onward]) {
      this.#tunnels.add(each);
      each.on("close", () => this.#tunnels.delete(each));
    }
  }

  /** Nothing listens on port 1. */
  #placeOf(name: string): string {
    return this.names[name] ?? "127.0.0.1:1";
  }
}
