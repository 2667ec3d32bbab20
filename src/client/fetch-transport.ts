import {
  type Address,
  type Transport,
  type WireRequest,
  type WireResponse,
  unixHostName,
} from "./transport.ts";

/**
 * Requests by fetch, which is Bun's own code and costs 0.8 ms from process start to answer; node:http costs 10 ms
 * (its JavaScript is parsed at every start). Not for request bodies that are streams: they would not be slowed down.
 */
export const fetchTransport: Transport = async (address, request) => {
  const init: BunFetchRequestInit = {
    method: request.method,
    headers: request.headers,
    redirect: "manual",
    decompress: false,
    // A wait or a quiet log lasts for days.
    timeout: false,
    ...(request.body !== undefined && { body: bodyOf(request.body) }),
    ...(request.signal && { signal: request.signal }),
    ...connection(address),
  };
  const response = await fetch(url(address) + request.path, init);
  return answer(response);
};

function bodyOf(body: NonNullable<WireRequest["body"]>): string | Blob {
  if (typeof body === "string") return body;
  if ("file" in body) return Bun.file(body.file);
  throw new TypeError("a stream is not for fetch: nothing would slow it down");
}

function url(address: Address): string {
  if (address.kind === "unix") return `http://${unixHostName}`;
  const scheme = address.tls ? "https" : "http";
  return `${scheme}://${address.hostname}:${address.port}${address.basePath}`;
}

function connection(address: Address): BunFetchRequestInit {
  if (address.kind === "unix") return { unix: address.path };
  if (!address.tls) return {};
  const { verify, ...pem } = address.tls;
  return { tls: { ...pem, rejectUnauthorized: verify } };
}

function answer(response: Response): WireResponse {
  return {
    status: response.status,
    statusText: response.statusText,
    header: (name) => response.headers.get(name) ?? undefined,
    body: response.body ?? nothing(),
    text: () => response.text(),
  };
}

async function* nothing(): AsyncIterable<Uint8Array> {}
