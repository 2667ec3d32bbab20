import { connect as netConnect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Address, WireRequest } from "./transport.ts";
import { type Upgrade, type UpgradeAnswer, UpgradeReader, upgradeRequest } from "./upgrade.ts";

/**
 * Sends a request that turns its connection into a raw stream. Written on the socket itself: node:http's client knows no
 * half-close after an upgrade and costs 5 ms more.
 */
export async function hijack(address: Address, request: WireRequest): Promise<Upgrade<Duplex>> {
  const socket = await openSocket(address);
  request.signal?.addEventListener("abort", () => socket.destroy(request.signal?.reason as Error), {
    once: true,
  });
  socket.write(upgradeRequest(address, request));
  const answer = await readAnswer(socket);
  if (!answer.agreed) {
    socket.destroy();
    return answer;
  }
  if (answer.first.length > 0) socket.unshift(answer.first);
  return { stream: socket };
}

/** Connects, through TLS where the address asks for it. */
export async function openSocket(address: Address): Promise<Socket> {
  if (address.kind === "unix") return connected(netConnect({ path: address.path, allowHalfOpen: true }));
  const { hostname, port, tls } = address;
  if (!tls) return connected(netConnect({ host: hostname, port, allowHalfOpen: true, noDelay: true }));
  const { connect } = await import("node:tls");
  const { verify, ...pem } = tls;
  const options = { host: hostname, port, allowHalfOpen: true, ...pem, rejectUnauthorized: verify };
  const socket = connect(options);
  await new Promise<void>((resolve, reject) => {
    socket.once("secureConnect", resolve);
    socket.once("error", reject);
  });
  return socket;
}

async function connected(socket: Socket): Promise<Socket> {
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  return socket;
}

async function readAnswer(socket: Socket): Promise<UpgradeAnswer> {
  const reader = new UpgradeReader();
  return new Promise((resolve, reject) => {
    const settle = () => {
      socket.pause();
      socket.off("data", onData);
      socket.off("end", onEnd);
      socket.off("error", reject);
    };
    const onEnd = () => {
      settle();
      resolve(new Promise((ended) => ended(reader.end())));
    };
    const onData = (chunk: Buffer) => {
      const answer = reader.push(chunk);
      if (answer === undefined) return;
      settle();
      resolve(answer);
    };
    socket.on("data", onData);
    socket.on("end", onEnd);
    socket.once("error", reject);
  });
}
