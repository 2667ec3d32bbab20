import { EngineError, errnoOf } from "../base/errors.ts";
import { Authorizer } from "./authorizer.ts";
import type { Credentials } from "./credentials.ts";
import type { Endpoint } from "./endpoints.ts";
import { errorOf } from "./registry-error.ts";
import { type RetryPolicy, withRetries } from "./retry.ts";
import type { TokenCache } from "./tokens.ts";
import type { HttpRequest, Transport } from "./transport.ts";

/** What is known of an endpoint once it has answered. */
export interface Root {
  base: URL;
  /** What it asks for authorization by: the WWW-Authenticate header; empty where it lets everybody in. */
  challenge: string;
}

export interface SessionParts {
  transport: Transport;
  tokens: TokenCache;
  policy: RetryPolicy;
  /** By an endpoint's first base; for every session after the first. */
  roots: Map<string, Root>;
}

export interface Call {
  method: string;
  /** Below `/v2/`, or a whole URL that the registry gave. */
  target: string | URL;
  headers?: Record<string, string>;
  body?: HttpRequest["body"];
  /** Rights needed, as `repository:NAME:pull`. */
  scopes: readonly string[];
  /** Statuses besides 2xx that are an answer, not a failure. */
  accept?: readonly number[];
  /** Sent once only: what has happened is to be asked first. */
  once?: boolean;
  signal?: AbortSignal | undefined;
}

const mostRedirects = 10;
const redirects = new Set([301, 302, 303, 307, 308]);

/** Speaks to one endpoint as one user: authorization, redirects, retries. */
export class Session {
  readonly endpoint: Endpoint;
  readonly #parts: SessionParts;
  readonly #authorizer: Authorizer;
  #hasRoot = false;

  constructor(endpoint: Endpoint, credentials: Credentials, parts: SessionParts) {
    this.endpoint = endpoint;
    this.#parts = parts;
    const own = endpoint.mirror ? {} : credentials;
    this.#authorizer = new Authorizer({
      credentials: own,
      tokens: parts.tokens,
      insecure: endpoint.insecure,
    });
  }

  /** Answers a response of an accepted status, or throws what the registry said. Its body is the caller's. */
  async send(call: Call): Promise<Response> {
    const policy = call.once === true ? { attempts: 1, firstDelayMs: 0 } : this.#parts.policy;
    return await withRetries(() => this.#attempt(call), { policy, signal: call.signal });
  }

  async #attempt(call: Call): Promise<Response> {
    const response = await this.#authorized(call, await this.#locate(call));
    if (response.ok || call.accept?.includes(response.status) === true) return response;
    throw await errorOf(response);
  }

  async #locate({ target, signal }: Call): Promise<URL> {
    const { base } = await this.root(signal);
    return target instanceof URL ? target : new URL(`v2/${target}`, base);
  }

  /** Where the registry answers, and what it asks for. */
  async root(signal: AbortSignal | undefined): Promise<Root> {
    const key = this.endpoint.bases[0]?.href ?? "";
    const root = this.#parts.roots.get(key) ?? (await this.#ping(signal));
    this.#parts.roots.set(key, root);
    if (!this.#hasRoot) this.#authorizer.learn(root.challenge, root.base);
    this.#hasRoot = true;
    return root;
  }

  /** A registry without TLS is found out once: what does not speak it is asked without. */
  async #ping(signal: AbortSignal | undefined): Promise<Root> {
    let failure: unknown;
    for (const base of this.endpoint.bases) {
      const { insecure } = this.endpoint;
      const url = new URL("v2/", base);
      try {
        const response = await this.#parts.transport.send({
          method: "GET",
          url,
          headers: {},
          insecure,
          signal,
        });
        await response.body?.cancel();
        const challenge = response.status === 401 ? response.headers.get("www-authenticate") : null;
        return { base, challenge: challenge ?? "" };
      } catch (error) {
        if (!speaksOtherwise(error)) throw error;
        failure = error;
      }
    }
    throw failure;
  }

  async #authorized(call: Call, url: URL): Promise<Response> {
    for (let attempt = 0; ; attempt += 1) {
      const authorization = await this.#authorizer.header(call.scopes, call.signal);
      const response = await this.#follow(call, url, authorization);
      if (response.status !== 401 || attempt >= 2) return response;
      const challenge = response.headers.get("www-authenticate") ?? "";
      this.#authorizer.learn(challenge, url);
      if (!this.#authorizer.canImprove(authorization, call.scopes)) return response;
      await response.body?.cancel();
    }
  }

  /** Fetches from where the registry does not stand, as nobody. */
  async foreign(url: URL, headers: Record<string, string>, signal?: AbortSignal): Promise<Response> {
    const response = await this.#follow(
      { method: "GET", target: url, headers, scopes: [], signal },
      url,
      undefined,
    );
    if (!response.ok) throw await errorOf(response);
    return response;
  }

  /** Only reading is sent on elsewhere, and no other host is shown who asks. */
  async #follow(call: Call, url: URL, authorization: string | undefined): Promise<Response> {
    let at = url;
    for (let hops = 0; ; hops += 1) {
      const isOwn = this.endpoint.bases.some((base) => base.origin === at.origin);
      const response = await this.#parts.transport.send({
        method: call.method,
        url: at,
        headers: {
          ...call.headers,
          ...(authorization !== undefined && isOwn && { Authorization: authorization }),
        },
        body: call.body,
        insecure: this.endpoint.insecure,
        signal: call.signal,
      });
      const location = response.headers.get("location");
      const isRead = call.method === "GET" || call.method === "HEAD";
      if (!redirects.has(response.status) || location === null || !isRead) return response;
      await response.body?.cancel();
      if (hops >= mostRedirects)
        throw new EngineError("internal", `stopped after ${mostRedirects} redirects`);
      at = new URL(location, at);
    }
  }
}

/** Errors of a place where nobody speaks this protocol; others would come again at the next. */
function speaksOtherwise(error: unknown): boolean {
  const codes = ["EPROTO", "ECONNREFUSED", "ECONNRESET", "ERR_PROXY_TUNNEL"];
  return error instanceof EngineError && codes.includes(errnoOf(error.cause) ?? "");
}
