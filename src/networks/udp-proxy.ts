import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import type { Log } from "../base/log.ts";
import { openPortSocket } from "../linux/port-socket.ts";
import type { ProxyTarget } from "./tcp-proxy.ts";

/** docker-proxy's: how long a client may be silent and still get answers. */
const idleMs = 90_000;
const mostClients = 4096;

interface Conversation {
  upstream: Socket;
  timer: NodeJS.Timeout;
}

/** The same for a UDP socket: each client gets a socket of its own towards `target`, by which answers find back. */
export function startUdpProxy(
  fd: number,
  hostAddress: string,
  target: ProxyTarget,
  log: Log,
): { close(): void } {
  const conversations = new Map<string, Conversation>();
  const front = createSocket(isIPv6(hostAddress) ? "udp6" : "udp4");
  const forget = (client: string) => {
    const conversation = conversations.get(client);
    conversations.delete(client);
    clearTimeout(conversation?.timer);
    conversation?.upstream.close();
  };
  const begin = (client: string, sender: RemoteInfo): Conversation => {
    const oldest = conversations.keys().next();
    if (conversations.size >= mostClients && oldest.value !== undefined) forget(oldest.value);
    const upstream = openUpstream((answer) => {
      conversations.get(client)?.timer.refresh();
      front.send(answer, sender.port, sender.address);
    });
    const timer = setTimeout(() => forget(client), idleMs).unref();
    const conversation = { upstream, timer };
    conversations.set(client, conversation);
    return conversation;
  };
  front.on("message", (data, sender) => {
    const client = `${sender.address} ${sender.port}`;
    const { upstream, timer } = conversations.get(client) ?? begin(client, sender);
    timer.refresh();
    upstream.send(data, target.port, target.address);
  });
  front.on("error", (error) => log.error("a port's proxy failed", error, { port: target.port }));
  front.bind({ fd });
  return {
    close() {
      for (const client of conversations.keys()) forget(client);
      front.close();
    },
  };
}

/** Made by system call: a plain dgram socket loses every later answer after one ICMP error. */
function openUpstream(onAnswer: (data: Buffer) => void): Socket {
  const upstream = createSocket("udp4");
  upstream.on("message", onAnswer);
  upstream.on("error", () => {}); // the container's port is closed: the client sees no answer, as with any UDP
  upstream.bind({ fd: openPortSocket("udp", "0.0.0.0", 0) });
  return upstream;
}
