import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { posix } from "node:path";
import type { Readable } from "node:stream";
import { EngineError, messageOf } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { apiVersion, programVersion } from "../base/version.ts";
import { Call } from "./call.ts";
import { errorBody, toHttpError } from "./http-error.ts";
import { HttpReply, SocketReply, type Headers, type Reply } from "./reply.ts";
import { findRoute, mayUpgrade } from "./router.ts";
import type { Services } from "./services.ts";
import { noticeSilentClose } from "./silent-close.ts";
import { upgradedBody } from "./upgraded-body.ts";
import { checkVersion, newestMinor, tooOld } from "./versions.ts";

export interface ApiOptions {
  log: Log;
  experimental?: boolean;
}

export interface ApiServer {
  /** Not listening: the composition root gives it addresses, or hands it connections by `emit("connection")`. */
  server: Server;
  /** Takes no new work, lets what runs end for `graceMs`, then cuts every connection. */
  close(graceMs: number): Promise<void>;
}

interface Incoming {
  request: IncomingMessage;
  body: Readable;
  reply: Reply;
  signal: AbortSignal;
}

const json: Headers = { "Content-Type": "application/json" };
const plainText: Headers = { "Content-Type": "text/plain; charset=utf-8" };

/** The Engine API over `services`. */
export function createApiServer(services: Services, options: ApiOptions): ApiServer {
  const { log } = options;
  const upgraded = new Set<Socket>();
  const common = commonHeaders(options);

  const server = createServer(
    {
      maxHeaderSize: 1 << 20,
      shouldUpgradeCallback: (request) => mayUpgrade(pathOf(request)),
    },
    (request, response) => {
      const reply = new HttpReply(request, response);
      // A client that breaks off is dealt with where `close` is; the error itself says nothing more.
      response.on("error", () => undefined);
      const signal = abortedBy(response, () => response.writableFinished);
      watch(request, response, reply);
      void dispatch({ request, body: request, reply, signal });
    },
  );
  server.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const reply = new SocketReply(socket);
    upgraded.add(socket);
    socket.on("close", () => upgraded.delete(socket));
    // A reset connection ends in `close` too, and that is where it is dealt with.
    socket.on("error", () => undefined);
    noticeSilentClose(socket);
    watch(request, socket, reply);
    const signal = abortedBy(socket, () => false);
    void dispatch({ request, body: upgradedBody(request, socket, head), reply, signal });
  });
  server.on("clientError", (_error, socket) => refuseGarbage(socket as Socket));
  keepOpen(server);
  return { server, close: (graceMs) => close(server, upgraded, graceMs) };

  async function dispatch(incoming: Incoming): Promise<void> {
    try {
      await answer(incoming);
    } catch (error) {
      fail(incoming, error, { ...common, ...json });
    }
  }

  async function answer(incoming: Incoming): Promise<void> {
    const { request, reply } = incoming;
    const [rawPath = "", query = ""] = splitOnce(request.url ?? "", "?");
    const path = decode(rawPath);
    if (path === undefined) return reply.send(400, plainText, "400 Bad Request");
    const clean = posix.normalize(path);
    if (clean !== path) return reply.send(301, { Location: encodeURI(clean) }, "");
    if (request.method === "OPTIONS") return reply.send(200, common, "");
    const [, version, versioned] = /^\/v([0-9.]+)(\/.*)$/s.exec(path) ?? [];
    const found = await findRoute(request.method ?? "GET", versioned ?? path);
    if (found === undefined) return reply.send(404, json, errorBody("page not found"));
    const old = version === undefined ? undefined : tooOld(version);
    if (old !== undefined) return reply.send(400, { ...common, ...plainText }, `${old}\n`);
    const minor = version === undefined ? newestMinor : checkVersion(version);
    const { params } = found;
    await found.handler(new Call({ ...incoming, services, log, params, query, minor, headers: common }));
  }

  function fail({ request, reply, signal }: Incoming, error: unknown, headers: Headers): void {
    if (signal.aborted) return;
    const { status, message, unclassified } = toHttpError(error);
    if (unclassified) log.error("request failed", error, { method: request.method, url: request.url });
    if (reply.status !== undefined) {
      log.debug("answer broken off", { url: request.url, error: messageOf(error) });
      reply.abort();
    } else {
      reply.send(status, headers, errorBody(message));
    }
  }

  /** The access log. */
  function watch(request: IncomingMessage, connection: ServerResponse | Socket, reply: Reply): void {
    const startedAt = performance.now();
    connection.once("close", () => {
      const tookMs = Math.round((performance.now() - startedAt) * 10) / 10;
      log.debug("request", { method: request.method, url: request.url, status: reply.status ?? 0, tookMs });
    });
  }
}

function commonHeaders(options: ApiOptions): Headers {
  return {
    "Api-Version": apiVersion,
    "Docker-Experimental": String(options.experimental ?? false),
    Ostype: "linux",
    Server: `Gantry/${programVersion} (linux)`,
  };
}

/** A signal that fires when the connection closes before `finished()`. */
function abortedBy(connection: ServerResponse | Socket, finished: () => boolean): AbortSignal {
  const controller = new AbortController();
  connection.once("close", () => {
    if (!finished()) controller.abort(new EngineError("cancelled", "the client went away"));
  });
  return controller.signal;
}

/** Clients pool idle connections for long and streams may say nothing for days: nothing is closed for its age. */
function keepOpen(server: Server): void {
  server.requestTimeout = 0;
  server.keepAliveTimeout = 0;
  server.timeout = 0;
}

function refuseGarbage(socket: Socket): void {
  if (!socket.writable) return void socket.destroy();
  socket.end(
    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad Request",
  );
}

async function close(server: Server, upgraded: Set<Socket>, graceMs: number): Promise<void> {
  const cut = setTimeout(() => {
    server.closeAllConnections();
    for (const socket of upgraded) socket.destroy();
  }, graceMs);
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
  clearTimeout(cut);
}

function pathOf(request: IncomingMessage): string {
  return decode(splitOnce(request.url ?? "", "?")[0] ?? "") ?? "";
}

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
