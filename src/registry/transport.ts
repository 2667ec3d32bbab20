import { EngineError, errnoOf } from "../base/errors.ts";
import type { HandshakeFiles } from "./handshake.ts";
import type { ProxySettings } from "./proxy.ts";
import { proxyFor } from "./proxy.ts";
import { alertIn } from "./tls-alert.ts";
import { transportError } from "./transport-error.ts";
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
      checkScheme(method, url);
      const ending = new AbortController();
      signal?.throwIfAborted();
      // The caller's signal ends the body's reading, too, and may live much longer: it holds a signal made so weakly, a listener for good.
      const either = signal === undefined ? ending.signal : AbortSignal.any([signal, ending.signal]);
      const init = fetchOptions(request, options, either, () => void timer.refresh());
      const timer = setTimeout(() => ending.abort(), answerTimeoutMs);
      try {
        return await fetch(url, init);
      } catch (error) {
        signal?.throwIfAborted();
        throw transportError(method, url, {
          proxy: init.proxy as string | undefined,
          error: ending.signal.aborted ? timeout : await toldError(url, init, error),
        });
      } finally {
        // From here on the body's reader watches for silence.
        clearTimeout(timer);
      }
    },
  };
}

/** Registries name addresses, too: of redirects, and of layers that stand elsewhere. fetch would read files for them. */
function checkScheme(method: string, url: URL): void {
  if (url.protocol === "http:" || url.protocol === "https:") return;
  const verb = method.slice(0, 1) + method.slice(1).toLowerCase();
  throw new EngineError(
    "invalid",
    `${verb} "${url.href}": unsupported protocol scheme "${url.protocol.slice(0, -1)}"`,
  );
}

/** A handshake that failed is asked about, unless that took another connection through a proxy. */
async function toldError(url: URL, { proxy, tls }: BunFetchRequestInit, error: unknown): Promise<unknown> {
  if (errnoOf(error) !== "EPROTO" || proxy !== undefined) return error;
  const { handshakeError } = await import("./handshake.ts");
  const told = await handshakeError(url, tls as HandshakeFiles);
  return alertIn(told) === undefined ? error : told;
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
