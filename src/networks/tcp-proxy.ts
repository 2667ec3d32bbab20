import { connect, createServer, type Server, type Socket } from "node:net";
import type { Log } from "../base/log.ts";

/** Where a proxy sends what comes. */
export interface ProxyTarget {
  address: string;
  port: number;
}

/**
 * Serves a held, listening TCP socket by handing every connection on to `target`. The kernel's DNAT takes nearly all
 * connections before they get here; what arrives is IPv6 (which DNAT cannot turn into IPv4), and everything else while
 * somebody has flushed the firewall. Owns `fd`; the answer's `close` ends it and every connection.
 */
export function startTcpProxy(fd: number, target: ProxyTarget, log: Log): { close(): void } {
  const clients = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true }, (client) => {
    clients.add(client);
    client.once("close", () => clients.delete(client));
    join(client, connect({ host: target.address, port: target.port, allowHalfOpen: true }));
  });
  server.on("error", (error) => log.error("a port's proxy failed", error, { port: target.port }));
  server.listen({ fd });
  return {
    close() {
      server.close();
      for (const client of clients) client.destroy();
    },
  };
}

/** Copies both ways with backpressure. Each direction ends by itself; an error ends both. */
function join(client: Socket, upstream: Socket): void {
  client.pipe(upstream);
  upstream.pipe(client);
  for (const [one, other] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    one.once("error", () => other.destroy());
    one.once("close", () => {
      // Closed before its end came: nothing more will, and `pipe` does not pass that on.
      if (!one.readableEnded) other.destroy();
    });
  }
}
