import { chmodSync, chownSync, lstatSync, mkdirSync, readFileSync, unlinkSync } from "node:fs";
import type { Server as HttpServer } from "node:http";
import { createConnection, createServer, type Server as NetServer, type Socket } from "node:net";
import { dirname } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { EngineError, errnoOf, messageOf } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { isUnixSocket, setCloseOnExec } from "../linux/process-state.ts";
import type { EngineConfig } from "./config.ts";

/** What serves, and what to undo: closing stops new connections at once, open ones get `graceMs`. */
export interface Listener {
  readonly address: string;
  close(graceMs: number): Promise<void>;
}

/** The API, not listening yet; `close` ends its own connections. */
export interface Served {
  server: HttpServer;
  close(graceMs: number): Promise<void>;
}

type Serve = () => Served;

/** Opens every address of the configuration, or none: a failure closes those already open. */
export async function listenAll(config: EngineConfig, serve: Serve, log: Log): Promise<Listener[]> {
  const listeners: Listener[] = [];
  try {
    for (const host of config.hosts) {
      if (host.startsWith("unix://")) listeners.push(await listenUnix(host.slice(7), config, serve, log));
      else if (host.startsWith("fd://")) listeners.push(...(await adoptSockets(host.slice(5), serve)));
      else listeners.push(await listenTls(host, config, serve));
    }
  } catch (error) {
    await Promise.all(listeners.map((listener) => listener.close(0)));
    throw error;
  }
  return listeners;
}

/** A socket for root and the engine's group. */
export async function listenUnix(
  path: string,
  config: Pick<EngineConfig, "group">,
  serve: Serve,
  log: Log,
): Promise<Listener> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  await removeStaleSocket(path);
  const groupId = groupOf(path, config.group, log);
  const served = serve();
  const { server } = served;
  // The socket exists from the moment of bind: only the umask keeps others out between bind and chmod.
  const umask = process.umask(0o117);
  try {
    await opened(server, `unix://${path}`, () => server.listen(path));
  } finally {
    process.umask(umask);
  }
  if (server.address() !== path) throw wrongAddress(`unix://${path}`, server);
  chmodSync(path, 0o660);
  if (groupId !== undefined) chownSync(path, 0, groupId);
  return {
    address: `unix://${path}`,
    async close(graceMs) {
      await served.close(graceMs);
      unlinkIfSocket(path);
    },
  };
}

/** Removes a socket nobody listens on any more; refuses to take one that answers. */
async function removeStaleSocket(path: string): Promise<void> {
  let isSocket: boolean;
  try {
    isSocket = lstatSync(path).isSocket();
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return;
    throw new EngineError("invalid", `cannot listen on unix://${path}: ${messageOf(error)}`, error);
  }
  if (!isSocket)
    throw new EngineError("conflict", `cannot listen on unix://${path}: a file that is no socket is there`);
  if (await answers(path)) {
    throw new EngineError(
      "conflict",
      `cannot listen on unix://${path}: another program listens there. Stop it, or give another -H`,
    );
  }
  unlinkSync(path);
}

async function answers(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = createConnection(path, () => resolve(true));
  // EAGAIN is a full backlog: somebody is there, only busy.
  socket.once("error", (error) => resolve(errnoOf(error) === "EAGAIN"));
  const answer = await promise;
  socket.destroy();
  return answer;
}

/** The group that may use the socket: the one asked for, else `gantry` or `docker`, else only root. */
function groupOf(path: string, wanted: string | undefined, log: Log): number | undefined {
  for (const name of wanted === undefined ? ["gantry", "docker"] : [wanted]) {
    const id = /^\d+$/.test(name) ? Number(name) : groupId(name);
    if (id !== undefined) return id;
  }
  if (wanted !== undefined)
    throw new EngineError("invalid", `could not change group of ${path}: group ${wanted} not found`);
  log.debug("no group gantry or docker: only root reaches the socket", { socket: path });
  return undefined;
}

function groupId(name: string): number | undefined {
  const line = readFileSync("/etc/group", "utf8")
    .split("\n")
    .find((candidate) => candidate.startsWith(`${name}:`));
  return line === undefined ? undefined : Number(line.split(":")[2]);
}

/** sd_listen_fds(3): descriptors from 3 on, opened by the service manager for exactly this process. */
async function adoptSockets(name: string, serve: Serve): Promise<Listener[]> {
  const { LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES } = process.env;
  const count = Number(LISTEN_PID) === process.pid ? Number(LISTEN_FDS) || 0 : 0;
  const names = (LISTEN_FDNAMES ?? "").split(":");
  const descriptors = Array.from({ length: count }, (_, index) => index + 3).filter(
    (descriptor) => name === "" || names[descriptor - 3] === name || String(descriptor) === name,
  );
  if (descriptors.length === 0) {
    throw new EngineError(
      "invalid",
      `no sockets found for fd://${name}: it is for a service manager's socket activation (gantry.socket). Use -H unix://PATH`,
    );
  }
  for (const variable of ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"]) delete process.env[variable];
  return Promise.all(descriptors.map((descriptor) => adopt(descriptor, serve)));
}

/** Never gives a descriptor to `http.listen`: it would be ignored and a TCP port opened to everybody instead. */
async function adopt(descriptor: number, serve: Serve): Promise<Listener> {
  if (!isUnixSocket(descriptor)) {
    throw new EngineError(
      "invalid",
      "fd:// takes unix sockets only: give TCP addresses as -H tcp://HOST:PORT",
    );
  }
  setCloseOnExec(descriptor);
  const { server } = serve();
  const gate = createServer({ allowHalfOpen: true }, (socket) => server.emit("connection", socket));
  const close = closerOf(gate);
  await opened(gate, `fd://${descriptor}`, () => gate.listen({ fd: descriptor }));
  // A port here would mean that a TCP listener was opened instead.
  const address = gate.address();
  if (typeof address === "object" && address?.port !== undefined) {
    gate.close();
    throw wrongAddress(`fd://${descriptor}`, gate);
  }
  return { address: `fd://${descriptor}`, close };
}

async function listenTls(host: string, config: EngineConfig, serve: Serve): Promise<Listener> {
  const { tls } = config;
  if (!config.tlsVerify || tls === undefined) throw new EngineError("invalid", `no TLS for ${host}`);
  const { hostname, port } = new URL(host);
  const address = hostname.replace(/^\[|\]$/g, "");
  const { server } = serve();
  const gate = createTlsServer(
    {
      ca: readTls(tls.ca),
      cert: readTls(tls.cert),
      key: readTls(tls.key),
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: "TLSv1.2",
      allowHalfOpen: true,
    },
    (socket) => server.emit("connection", socket),
  );
  const close = closerOf(gate);
  await opened(gate, host, () => gate.listen(Number(port), address));
  const bound = gate.address();
  if (typeof bound !== "object" || bound === null || (port !== "0" && bound.port !== Number(port)))
    throw wrongAddress(host, gate);
  return { address: host, close };
}

function readTls(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new EngineError(
      "invalid",
      `invalid TLS configuration: could not read ${path}: ${messageOf(error)}`,
      error,
    );
  }
}

/** Resolves when the server listens; a taken or foreign address becomes an error that names it. */
async function opened(server: NetServer, host: string, listen: () => void): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("listening", resolve);
  server.once("error", reject);
  try {
    listen();
    await promise;
  } catch (error) {
    throw new EngineError("invalid", `cannot listen on ${host}: ${messageOf(error)}`, error);
  } finally {
    server.removeListener("error", reject);
  }
}

function wrongAddress(host: string, server: NetServer): EngineError {
  const actual = JSON.stringify(server.address());
  server.close();
  return new EngineError("internal", `asked to listen on ${host}, but the socket is ${actual}`);
}

/** Ends a gate: the HTTP server behind it does not count the connections it was handed as its own. */
function closerOf(gate: NetServer): Listener["close"] {
  const sockets = new Set<Socket>();
  gate.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  return async (graceMs) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    gate.close(() => resolve());
    const cut = setTimeout(() => {
      for (const socket of sockets) socket.destroy();
      resolve();
    }, graceMs);
    await promise;
    clearTimeout(cut);
  };
}

function unlinkIfSocket(path: string): void {
  try {
    if (lstatSync(path).isSocket()) unlinkSync(path);
  } catch {
    // Already gone.
  }
}
