import { type Address, type WireRequest, hostHeader } from "./transport.ts";

/** What the engine says to an upgrade: it agrees (with the stream's first bytes, if any came along), or it refuses. */
export type UpgradeAnswer =
  | { agreed: true; first: Uint8Array }
  | { agreed: false; status: number; body: string };

/** What became of an upgrade: the stream when the engine agreed, its refusal otherwise. */
export type Upgrade<Stream> = { stream: Stream } | { status: number; body: string };

/** The request for an upgrade as bytes on the wire. */
export function upgradeRequest(address: Address, request: WireRequest): string {
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

const headEnd = Buffer.from("\r\n\r\n");

/** Reads the answer to an upgrade (101 with `Upgrade: tcp`, Docker's older 200, or a refusal) from chunks as they come. */
export class UpgradeReader {
  #seen = Buffer.alloc(0);

  /** Answers once the answer is whole. */
  push(chunk: Uint8Array): UpgradeAnswer | undefined {
    this.#seen = Buffer.concat([this.#seen, chunk]);
    const end = this.#seen.indexOf(headEnd);
    if (end < 0) return undefined;
    const { status, headers } = parseHead(this.#seen.toString("latin1", 0, end));
    const rest = this.#seen.subarray(end + headEnd.length);
    if (status === 101 || status === 200) return { agreed: true, first: rest };
    const body = wholeBody(rest, headers);
    return body === undefined ? undefined : { agreed: false, status, body };
  }

  /** The connection ended: a refusal without a length ends with it. */
  end(): UpgradeAnswer {
    const end = this.#seen.indexOf(headEnd);
    if (end < 0) throw new Error("connection closed by the engine");
    const { status } = parseHead(this.#seen.toString("latin1", 0, end));
    return { agreed: false, status, body: this.#seen.toString("utf8", end + headEnd.length) };
  }
}

interface Head {
  status: number;
  headers: Map<string, string>;
}

function parseHead(text: string): Head {
  const [statusLine = "", ...lines] = text.split("\r\n");
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return { status: Number(/^HTTP\/1\.[01] (\d{3})/.exec(statusLine)?.[1] ?? 0), headers };
}

/** A refusal's body, by length or by chunks, once it has come whole. */
function wholeBody(bytes: Buffer, headers: Map<string, string>): string | undefined {
  if (headers.get("transfer-encoding") === "chunked") return unchunk(bytes);
  const length = Number(headers.get("content-length") ?? Number.NaN);
  return bytes.length >= length ? bytes.toString("utf8", 0, length) : undefined;
}

/** Joins the chunks of a chunked body (RFC 9112, 7.1); undefined while the last one is missing. */
function unchunk(body: Buffer): string | undefined {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = body.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(body.toString("latin1", at, lineEnd), 16);
    if (!(size > 0)) return Buffer.concat(parts).toString("utf8");
    parts.push(body.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
}
