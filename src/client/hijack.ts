import { connect as netConnect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type Address, type WireRequest, hostHeader } from "./transport.ts";

/** The engine's answer to an upgrade: the stream when it agreed, its refusal's body otherwise. */
export type Upgrade = { stream: Duplex } | { status: number; body: string };

const headEnd = Buffer.from("\r\n\r\n");

/**
 * Sends a request that turns its connection into a raw stream (101 with `Upgrade: tcp`, or Docker's older 200).
 * Written on the socket itself: node:http's client knows no half-close after an upgrade and costs 5 ms more.
 */
export async function hijack(address: Address, request: WireRequest): Promise<Upgrade> {
  const socket = await openSocket(address);
  request.signal?.addEventListener("abort", () => socket.destroy(request.signal?.reason as Error), {
    once: true,
  });
  socket.write(head(address, request));
  const answer = await readHead(socket);
  if (answer.status === 101 || answer.status === 200) {
    if (answer.rest.length > 0) socket.unshift(answer.rest);
    return { stream: socket };
  }
  return { status: answer.status, body: await refusal(socket, answer) };
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

function head(address: Address, request: WireRequest): string {
  const body = typeof request.body === "string" ? request.body : "";
  const path = address.kind === "tcp" ? address.basePath + request.path : request.path;
  const headers: Record<string, string> = {
    Host: hostHeader(address),
    Connection: "Upgrade",
    Upgrade: "tcp",
    "Content-Length": String(Buffer.byteLength(body)),
    ...request.headers,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${request.method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n${body}`;
}

interface Head {
  status: number;
  headers: Map<string, string>;
  /** What came after the empty line: the stream's first bytes, or the refusal's. */
  rest: Buffer;
}

async function readHead(socket: Socket): Promise<Head> {
  return new Promise((resolve, reject) => {
    let seen = Buffer.alloc(0);
    const settle = () => {
      socket.pause();
      socket.off("data", onData);
      socket.off("end", onEnd);
      socket.off("error", reject);
    };
    const onEnd = () => {
      settle();
      reject(new Error("connection closed by the engine"));
    };
    const onData = (chunk: Buffer) => {
      seen = Buffer.concat([seen, chunk]);
      const end = seen.indexOf(headEnd);
      if (end < 0) return;
      settle();
      resolve({ ...parseHead(seen.toString("latin1", 0, end)), rest: seen.subarray(end + headEnd.length) });
    };
    socket.on("data", onData);
    socket.on("end", onEnd);
    socket.once("error", reject);
  });
}

function parseHead(text: string): Pick<Head, "status" | "headers"> {
  const [statusLine = "", ...lines] = text.split("\r\n");
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return { status: Number(/^HTTP\/1\.[01] (\d{3})/.exec(statusLine)?.[1] ?? 0), headers };
}

/** The body of an error answer: by length, by chunks, or up to the end of the connection. */
async function refusal(socket: Socket, head: Head): Promise<string> {
  const length = Number(head.headers.get("content-length") ?? Number.NaN);
  const chunked = head.headers.get("transfer-encoding") === "chunked";
  const whole = (body: Buffer) =>
    chunked ? body.includes("\r\n0\r\n\r\n") || body.indexOf("0\r\n\r\n") === 0 : body.length >= length;
  let body = head.rest;
  if (!whole(body)) {
    for await (const chunk of socket) {
      body = Buffer.concat([body, chunk as Buffer]);
      if (whole(body)) break;
    }
  }
  socket.destroy();
  return chunked ? unchunk(body) : body.toString("utf8");
}

/** Joins the chunks of a chunked body (RFC 9112, 7.1). */
function unchunk(body: Buffer): string {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = body.indexOf("\r\n", at);
    const size = lineEnd < 0 ? 0 : Number.parseInt(body.toString("latin1", at, lineEnd), 16);
    if (!(size > 0)) return Buffer.concat(parts).toString("utf8");
    parts.push(body.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
}
