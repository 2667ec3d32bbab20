import type { Readable, Writable } from "node:stream";
import { STATUS_CODES, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** How long a client whose body nobody wants may go on sending it. */
const lingerMs = 5_000;

/** A body this small is read and thrown away, so that its connection can serve on. */
const maxDumpedBytes = 64 * 1024;

export type Headers = Record<string, string>;

/** A connection that has left HTTP: bytes in, bytes out. Both may be the same socket. */
export interface Hijacked {
  input: Readable;
  output: Writable;
  /** Whether the client can say anything: without an upgrade, only in a body of unknown length. */
  carriesInput: boolean;
}

/** Where the answer to a call goes: an HTTP response, or the socket of a request that asked for an upgrade. */
export interface Reply {
  /** The status, once the header has left. */
  readonly status: number | undefined;
  readonly upgraded: boolean;
  /** The whole answer at once. */
  send(status: number, headers: Headers, body: string): void;
  /** The header now, the body as it comes. */
  open(status: number, headers: Headers): Writable;
  /** The header of a raw stream, then the connection itself: 101 for who asked to upgrade, else 200. */
  hijack(headers: Headers): Hijacked;
  /** Breaks the connection off: the client must not take what it got for a whole answer. */
  abort(): void;
}

/** The usual answer. */
export class HttpReply implements Reply {
  readonly upgraded = false;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.#request = request;
    this.#response = response;
  }

  get status(): number | undefined {
    return this.#response.headersSent ? this.#response.statusCode : undefined;
  }

  send(status: number, headers: Headers, body: string): void {
    // A 204 or 304 has neither body nor length (RFC 9110, 8.6 and 15.4.5).
    const bodiless = status === 204 || status === 304;
    // Encoded once, for its length and to be sent.
    const bytes = Buffer.from(body);
    const length = bodiless ? {} : { "Content-Length": String(bytes.length) };
    if (this.#request.complete || this.#restIsSmall()) {
      this.#response.writeHead(status, { ...headers, ...length });
      this.#response.end(bodiless ? undefined : bytes);
    } else {
      this.#response.writeHead(status, { ...headers, ...length, Connection: "close" });
      if (!bodiless) this.#response.write(bytes);
      this.#endWhenDrained();
    }
  }

  open(status: number, headers: Headers): Writable {
    this.#response.writeHead(status, headers);
    this.#response.flushHeaders();
    return this.#response;
  }

  hijack(headers: Headers): Hijacked {
    // Raw bytes until the connection closes, as clients that take over the connection by hand expect them.
    this.#response.useChunkedEncodingByDefault = false;
    this.#response.shouldKeepAlive = false;
    this.#response.sendDate = false;
    const carriesInput = this.#request.headers["transfer-encoding"] !== undefined;
    return { input: this.#request, output: this.open(200, headers), carriesInput };
  }

  abort(): void {
    this.#response.destroy();
  }

  /** Little enough for the HTTP server to read past it and keep the connection. */
  #restIsSmall(): boolean {
    const { "content-length": length, expect } = this.#request.headers;
    return expect === undefined && Number(length ?? Number.POSITIVE_INFINITY) <= maxDumpedBytes;
  }

  /**
   * What is left of a request's body must not be taken for the next request, so the connection ends with this answer;
   * but not at once: closing on a client that still sends would reset the connection and could cost it the answer.
   */
  #endWhenDrained(): void {
    const end = () => this.#response.end();
    const timer = setTimeout(end, lingerMs);
    timer.unref();
    const stop = () => {
      clearTimeout(timer);
      end();
    };
    this.#request.once("end", stop).once("close", stop).resume();
  }
}

/** The answer to a request that asked to upgrade: HTTP written by hand, since its socket has left the HTTP server. */
export class SocketReply implements Reply {
  readonly upgraded = true;
  readonly #socket: Socket;
  #status: number | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  get status(): number | undefined {
    return this.#status;
  }

  send(status: number, headers: Headers, body: string): void {
    this.#head(status, STATUS_CODES[status] ?? "", {
      ...headers,
      "Content-Length": String(Buffer.byteLength(body)),
      Connection: "close",
    });
    this.#socket.end(body);
  }

  open(status: number, headers: Headers): Writable {
    this.#head(status, STATUS_CODES[status] ?? "", { ...headers, Connection: "close" });
    return this.#socket;
  }

  hijack(headers: Headers): Hijacked {
    this.#head(101, "UPGRADED", { Connection: "Upgrade", Upgrade: "tcp", ...headers });
    return { input: this.#socket, output: this.#socket, carriesInput: true };
  }

  abort(): void {
    this.#socket.destroy();
  }

  #head(status: number, reason: string, headers: Headers): void {
    this.#status = status;
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    this.#socket.write(`HTTP/1.1 ${status} ${reason}\r\n${lines.join("")}\r\n`);
  }
}
