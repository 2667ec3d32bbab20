import { createHash } from "node:crypto";
import { EngineError } from "../base/errors.ts";
import { basicHeader, type Credentials, hasPassword } from "./credentials.ts";
import { errorOf, readBounded } from "./registry-error.ts";
import type { Transport } from "./transport.ts";

/** Whom to ask for a token: the parameters of a bearer challenge. */
export interface TokenService {
  realm: URL;
  service: string;
}

export interface TokenRequest {
  service: TokenService;
  /** Sorted, so that the same rights are the same key. */
  scopes: readonly string[];
  credentials: Credentials;
  insecure: boolean;
  /** At login: ask for a refresh token, too. */
  offline?: boolean;
  signal?: AbortSignal | undefined;
}

export interface Token {
  value: string;
  /** Milliseconds since the epoch. */
  expiresAtMs: number;
  /** Stands for user and password from then on. */
  refreshToken: string | undefined;
}

const clientId = "gantry";
/** What a service that names no time means (distribution's token specification). */
const defaultLifetimeSeconds = 60;
const longestAnswer = 1 << 20;

/** Asks a token service: by GET, or in OAuth2's way where there is a refresh token or the service knows no other. */
export async function requestToken(transport: Transport, request: TokenRequest): Promise<Token> {
  if ((request.credentials.identityToken ?? "") !== "") return await byPost(transport, request);
  const response = await sendGet(transport, request);
  const wantsPost = response.status === 404 || response.status === 405;
  if (!wantsPost || !hasPassword(request.credentials)) return await tokenIn(response);
  await response.body?.cancel();
  return await byPost(transport, request);
}

async function sendGet(transport: Transport, request: TokenRequest): Promise<Response> {
  const { service, scopes, credentials } = request;
  const url = new URL(service.realm);
  if (service.service !== "") url.searchParams.set("service", service.service);
  for (const scope of scopes) url.searchParams.append("scope", scope);
  if (credentials.username) url.searchParams.set("account", credentials.username);
  if (request.offline === true) {
    url.searchParams.set("offline_token", "true");
    url.searchParams.set("client_id", clientId);
  }
  const headers: Record<string, string> = hasPassword(credentials)
    ? { Authorization: basicHeader(credentials) }
    : {};
  return await transport.send({ ...request, method: "GET", url, headers });
}

/** RFC 6749: grant types `refresh_token` and `password`. */
async function byPost(transport: Transport, request: TokenRequest): Promise<Token> {
  const { service, scopes, credentials } = request;
  const form = new URLSearchParams({ client_id: clientId, service: service.service });
  if (scopes.length > 0) form.set("scope", scopes.join(" "));
  if (request.offline === true) form.set("access_type", "offline");
  if (credentials.identityToken) {
    form.set("grant_type", "refresh_token");
    form.set("refresh_token", credentials.identityToken);
  } else {
    form.set("grant_type", "password");
    form.set("username", credentials.username ?? "");
    form.set("password", credentials.password ?? "");
  }
  const headers = { "Content-Type": "application/x-www-form-urlencoded" };
  const body = () => form.toString();
  const url = service.realm;
  return await tokenIn(await transport.send({ ...request, method: "POST", url, headers, body }));
}

interface TokenAnswer {
  token?: string;
  access_token?: string;
  refresh_token?: string;
  expires_in?: number;
}

async function tokenIn(response: Response): Promise<Token> {
  if (!response.ok) throw await errorOf(response);
  const answer = parseAnswer(await readBounded(response, longestAnswer));
  const value = answer.token || answer.access_token;
  if (typeof value !== "string" || value === "")
    throw new EngineError("internal", "authorization server did not include a token in the response");
  const lifetime = Math.max(Number(answer.expires_in) || 0, defaultLifetimeSeconds);
  // Counted from here, not from `issued_at`: the service's clock need not be this machine's.
  return {
    value,
    expiresAtMs: Date.now() + lifetime * 1000,
    refreshToken: answer.refresh_token || undefined,
  };
}

function parseAnswer(text: string): TokenAnswer {
  try {
    return (JSON.parse(text) ?? {}) as TokenAnswer;
  } catch (error) {
    throw new EngineError("internal", "unable to decode token response", error);
  }
}

/** A token this close to its end is not used any more. */
const marginMs = 10_000;

/** Tokens by service, rights and owner; in memory only. */
export class TokenCache {
  readonly #tokens = new Map<string, Token>();
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  async get(request: TokenRequest): Promise<string> {
    const key = keyOf(request);
    const known = this.#tokens.get(key);
    if (known !== undefined && known.expiresAtMs - marginMs > Date.now()) return known.value;
    const token = await requestToken(this.#transport, request);
    this.#forgetExpired();
    this.#tokens.set(key, token);
    return token.value;
  }

  /** The registry did not take it. */
  forget(request: TokenRequest): void {
    this.#tokens.delete(keyOf(request));
  }

  #forgetExpired(): void {
    for (const [key, { expiresAtMs }] of this.#tokens)
      if (expiresAtMs <= Date.now()) this.#tokens.delete(key);
  }
}

/** Of secrets only a digest is kept. */
function keyOf({ service, scopes, credentials }: TokenRequest): string {
  const owner = createHash("sha256").update(JSON.stringify(credentials)).digest("hex");
  return JSON.stringify([service.realm.href, service.service, scopes, owner]);
}
