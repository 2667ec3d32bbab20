import type { IncomingMessage } from "node:http";
import type { Readable, Writable } from "node:stream";
import type { Log } from "../base/log.ts";
import { checkContentType, decodeBody, isEmpty, readText } from "./body/request-body.ts";
import type { Schema } from "./body/schema.ts";
import { Query } from "./query.ts";
import type { Headers, Hijacked, Reply } from "./reply.ts";
import type { Services } from "./services.ts";

export interface CallParts {
  services: Services;
  log: Log;
  request: IncomingMessage;
  /** The request's body; not always `request` itself (see upgraded-body.ts). */
  body: Readable;
  reply: Reply;
  params: Record<string, string>;
  query: string;
  /** Minor number of the API version the client speaks. */
  minor: number;
  headers: Headers;
  signal: AbortSignal;
}

/** One request and the ways to answer it. */
export class Call {
  readonly services: Services;
  readonly log: Log;
  readonly query: Query;
  /** Aborted when the client goes away before the end of the answer. */
  readonly signal: AbortSignal;
  readonly reply: Reply;
  readonly request: IncomingMessage;
  readonly minor: number;
  readonly #parts: CallParts;

  constructor(parts: CallParts) {
    this.services = parts.services;
    this.log = parts.log;
    this.query = new Query(parts.query);
    this.signal = parts.signal;
    this.reply = parts.reply;
    this.request = parts.request;
    this.minor = parts.minor;
    this.#parts = parts;
  }

  /** A part of the path by its name in the route's pattern. */
  param(name: string): string {
    return this.#parts.params[name] ?? "";
  }

  /** Whether the client speaks API version 1.`minor` or newer. */
  speaks(minor: number): boolean {
    return this.minor >= minor;
  }

  /** The body as it comes. */
  get stream(): Readable {
    return this.#parts.body;
  }

  /** The request's body piece by piece. Who stops early leaves the connection as it is: the answer has yet to go over it. */
  get pieces(): AsyncIterable<Uint8Array> {
    return this.stream.iterator({ destroyOnReturn: false });
  }

  /** The JSON body; `root` is its struct's name in messages. Undefined when there is none. */
  async body<T>(schema: Schema<T>, root: string): Promise<T | undefined> {
    checkContentType(this.request.headers);
    if (isEmpty(this.request.headers)) return undefined;
    return decodeBody(await readText(this.request.headers, this.#parts.body), schema, root);
  }

  /** The headers of every answer. */
  get headers(): Headers {
    return this.#parts.headers;
  }

  json(status: number, value: unknown): void {
    const headers = { ...this.headers, "Content-Type": "application/json" };
    this.reply.send(status, headers, `${JSON.stringify(value)}\n`);
  }

  empty(status: number): void {
    this.reply.send(status, this.headers, "");
  }

  text(status: number, body: string, headers: Headers = {}): void {
    this.reply.send(
      status,
      { ...this.headers, "Content-Type": "text/plain; charset=utf-8", ...headers },
      body,
    );
  }

  /** The header leaves at once, the body follows. */
  open(contentType: string): Writable {
    return this.reply.open(200, { ...this.headers, "Content-Type": contentType });
  }

  hijack(contentType: string): Hijacked {
    return this.reply.hijack({ "Content-Type": contentType, ...this.headers });
  }
}

export type Handler = (call: Call) => void | Promise<void>;
