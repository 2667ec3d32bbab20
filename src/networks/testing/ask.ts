import { createSocket } from "node:dgram";
import { connect, isIPv6 } from "node:net";

/** Long for what must come; tests of what must not come take less. */
export const defaultPatienceMs = 5000;

/** Sends `bytes` bytes to an echo server and answers its reply: the address it saw, and how many bytes came. */
export async function ask(
  protocol: "tcp" | "udp",
  address: string,
  port: number,
  bytes = 4,
  patienceMs = defaultPatienceMs,
): Promise<string> {
  const answer = protocol === "tcp" ? askByTcp(address, port, bytes) : askByUdp(address, port, bytes);
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(Object.assign(new Error("no answer"), { code: "TIMEOUT" })),
    patienceMs,
  );
  return await Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

async function askByTcp(host: string, port: number, bytes: number): Promise<string> {
  const socket = connect({ host, port, allowHalfOpen: true });
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.end(Buffer.alloc(bytes, "x"));
  await new Promise<void>((resolve, reject) => {
    socket.once("end", resolve);
    socket.once("error", reject);
    socket.once("close", () => reject(Object.assign(new Error("closed"), { code: "CLOSED" })));
  });
  return Buffer.concat(chunks).toString();
}

async function askByUdp(address: string, port: number, bytes: number): Promise<string> {
  const socket = createSocket(isIPv6(address) ? "udp6" : "udp4");
  try {
    const answered = new Promise<string>((resolve, reject) => {
      socket.once("message", (data) => resolve(data.toString()));
      socket.once("error", reject);
    });
    socket.send(Buffer.alloc(bytes, "x"), port, address);
    return await answered;
  } finally {
    socket.close();
  }
}
