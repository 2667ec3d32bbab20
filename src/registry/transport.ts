import { EngineError, errnoOf, messageOf } from "../base/errors.ts";
import type { ProxySettings } from "./proxy.ts";
import { proxyFor } from "./proxy.ts";
import type { TrustStore } from "./trust-store.ts";

/** What goes out; anything that can be sent again is made anew by `body`. */
export interface HttpRequest {
  method: string;
  url: URL;
  headers: Record<string, string>;
  body?: (() => ReadableStream<Uint8Array> | Uint8Array | string) | undefined;
  /** Takes any certificate. For registries that the configuration names, and this machine's own. */
  insecure: boolean;
  signal?: AbortSignal | undefined;
}

/** Sends single HTTP requests: trust, proxies, and errors in words. Redirects are the caller's. */
export interface Transport {
  send(request: HttpRequest): Promise<Response>;
}

/** The answer's header must begin within this time after the last piece of the request. */
const answerTimeoutMs = 60_000;

export function createTransport(options: {
  trust: TrustStore;
  proxies: ProxySettings;
  userAgent: string;
}): Transport {
  return {
    async send(request) {
      const { url, method, signal } = request;
      const ending = new AbortController();
      const init = fetchOptions(request, options, ending.signal, () => void timer.refresh());
      signal?.throwIfAborted();
      signal?.addEventListener("abort", () => ending.abort(signal.reason), { once: true });
      const timer = setTimeout(() => ending.abort(), answerTimeoutMs);
      try {
        return await fetch(url, init);
      } catch (error) {
        signal?.throwIfAborted();
        throw transportError(
          method,
          url,
          proxyFor(url, options.proxies),
          ending.signal.aborted ? timeout : error,
        );
      } finally {
        // From here on the body's reader watches for silence.
        clearTimeout(timer);
      }
    },
  };
}

const timeout = Object.assign(new Error("timeout"), { code: "ETIMEDOUT" });

function fetchOptions(
  { method, url, headers, body, insecure }: HttpRequest,
  { trust, proxies, userAgent }: { trust: TrustStore; proxies: ProxySettings; userAgent: string },
  signal: AbortSignal,
  onPiece: () => void,
): BunFetchRequestInit {
  const proxy = proxyFor(url, proxies);
  return {
    method,
    // Bodies are hashed as they come: nothing may be decoded on the way.
    headers: { "User-Agent": userAgent, "Accept-Encoding": "identity", ...headers },
    decompress: false,
    redirect: "manual",
    signal,
    ...(body !== undefined && { body: watched(body(), onPiece) }),
    ...(proxy !== undefined && { proxy }),
    ...(url.protocol === "https:" && { tls: { ...trust.for(url.host), rejectUnauthorized: !insecure } }),
  };
}

/** A stream, with each piece that is taken from it told. */
function watched<T>(
  body: ReadableStream<Uint8Array> | T,
  onPiece: () => void,
): ReadableStream<Uint8Array> | T {
  if (!(body instanceof ReadableStream)) return body;
  const reader = body.getReader();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value, done } = await reader.read();
      onPiece();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
}

/** As Go's HTTP client says it, which is what people search for. The errno stays in `cause`. */
function transportError(method: string, url: URL, proxy: string | undefined, error: unknown): EngineError {
  const verb = method.slice(0, 1) + method.slice(1).toLowerCase();
  return new EngineError(
    "unavailable",
    `${verb} "${url.href}": ${proxy === undefined ? reason(url, error) : proxyReason(new URL(proxy), error)}`,
    error,
  );
}

/** What is dialled is the proxy; beyond that, its own word counts. */
function proxyReason(proxy: URL, error: unknown): string {
  const isDialled = ["ECONNREFUSED", "ENETUNREACH", "EHOSTUNREACH", "ENOTFOUND", "EAI_AGAIN"].includes(
    errnoOf(error) ?? "",
  );
  return isDialled ? `proxyconnect tcp: ${reason(proxy, error)}` : reason(proxy, error);
}

function reason(url: URL, error: unknown): string {
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  const dial = `dial tcp ${url.hostname}:${port}: connect:`;
  switch (errnoOf(error)) {
    case "ECONNREFUSED":
      return `${dial} connection refused`;
    case "ENETUNREACH":
      return `${dial} network is unreachable`;
    case "EHOSTUNREACH":
      return `${dial} no route to host`;
    case "ENOTFOUND":
      return `dial tcp: lookup ${url.hostname}: no such host`;
    case "EAI_AGAIN":
      return `dial tcp: lookup ${url.hostname}: Temporary failure in name resolution`;
    case "ECONNRESET":
      return "EOF";
    case "ETIMEDOUT":
      return "net/http: request canceled (Client.Timeout exceeded while awaiting headers)";
    case "EPROTO":
      return "http: server gave HTTP response to HTTPS client";
    default:
      return certificateReason(error);
  }
}

const certificateReasons: Record<string, string> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: "x509: certificate signed by unknown authority",
  SELF_SIGNED_CERT_IN_CHAIN: "x509: certificate signed by unknown authority",
  UNABLE_TO_GET_ISSUER_CERT: "x509: certificate signed by unknown authority",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "x509: certificate signed by unknown authority",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "x509: certificate signed by unknown authority",
  CERT_HAS_EXPIRED: "x509: certificate has expired or is not yet valid",
  ERR_TLS_CERT_ALTNAME_INVALID: "x509: certificate is not valid for this name",
};

function certificateReason(error: unknown): string {
  const known = certificateReasons[errnoOf(error) ?? ""];
  return known === undefined ? messageOf(error) : `tls: failed to verify certificate: ${known}`;
}
