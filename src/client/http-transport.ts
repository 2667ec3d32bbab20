import { createReadStream } from "node:fs";
import { type IncomingMessage, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import {
  type Address,
  type Transport,
  type WireRequest,
  type WireResponse,
  hostHeader,
} from "./transport.ts";

/** Requests by node:http: for streamed request bodies (with backpressure), and for every request outside Bun. */
export const httpTransport: Transport = async (address, request) => {
  const outgoing = open(address, request.method, request.path, {
    ...request.headers,
    host: hostHeader(address),
    ...(typeof request.body === "string" && { "content-length": String(Buffer.byteLength(request.body)) }),
  });
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once("response", resolve);
    outgoing.once("error", reject);
    // An engine that refuses early may close while the body is still under way.
    outgoing.once("close", () => reject(new Error("connection closed by the engine")));
  });
  request.signal?.addEventListener("abort", () => outgoing.destroy(request.signal?.reason as Error), {
    once: true,
  });
  const body = streamOf(request.body);
  if (body !== undefined) {
    // The body may begin late (a program's output): an engine closes a connection that says nothing for seconds.
    outgoing.flushHeaders();
    // Its failure is the response's, which says more.
    const sent = pipeline(body, outgoing).catch((error: unknown) => outgoing.destroy(error as Error));
    const answered = await response;
    void sent;
    return answer(answered);
  }
  outgoing.end(request.body as string | undefined);
  return answer(await response);
};

function streamOf(body: WireRequest["body"]): Readable | undefined {
  if (body instanceof Readable) return body;
  return typeof body === "object" ? createReadStream(body.file) : undefined;
}

function open(address: Address, method: string, path: string, headers: Record<string, string>) {
  if (address.kind === "unix") return httpRequest({ socketPath: address.path, method, path, headers });
  const { hostname, port, basePath, tls } = address;
  const options = { hostname, port, method, path: basePath + path, headers };
  if (!tls) return httpRequest(options);
  const { verify, ...pem } = tls;
  return httpsRequest({ ...options, ...pem, rejectUnauthorized: verify });
}

function answer(response: IncomingMessage): WireResponse {
  return {
    status: response.statusCode ?? 0,
    statusText: response.statusMessage ?? "",
    header: (name) => {
      const value = response.headers[name.toLowerCase()];
      return Array.isArray(value) ? value.join(", ") : value;
    },
    body: response,
    async text() {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks).toString("utf8");
    },
  };
}
