import type { Log } from "../base/log.ts";
import { closePortSocket } from "../linux/port-socket.ts";
import type { HeldPort } from "./port-allocator.ts";
import { startTcpProxy } from "./tcp-proxy.ts";
import { startUdpProxy } from "./udp-proxy.ts";

/** The held ports of running containers, each served by a proxy for what the firewall does not take. */
export class PortHolder {
  readonly #log: Log;
  readonly #byContainer = new Map<string, { close(): void }[]>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** Takes over the sockets. `address` is the container's. */
  serve(containerId: string, held: readonly HeldPort[], address: string): void {
    const servers = this.#byContainer.get(containerId) ?? [];
    this.#byContainer.set(containerId, servers);
    for (const { port, fd } of held) {
      const target = { address, port: port.containerPort };
      if (port.protocol === "tcp") servers.push(startTcpProxy(fd, target, this.#log));
      else if (port.protocol === "udp") {
        servers.push(startUdpProxy(fd, port.hostAddress, target, this.#log));
      } else servers.push({ close: () => closePortSocket(fd) });
    }
  }

  holds(containerId: string): boolean {
    return this.#byContainer.has(containerId);
  }

  release(containerId: string): void {
    for (const server of this.#byContainer.get(containerId) ?? []) server.close();
    this.#byContainer.delete(containerId);
  }

  releaseAll(): void {
    for (const containerId of this.#byContainer.keys()) this.release(containerId);
  }
}
