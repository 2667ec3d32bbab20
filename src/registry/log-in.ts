import { STATUS_CODES } from "node:http";
import { EngineError, messageOf } from "../base/errors.ts";
import { noCredentials } from "./authorizer.ts";
import { parseChallenges } from "./challenge.ts";
import type { Credentials } from "./credentials.ts";
import { hubDomain, registryEndpoint } from "./endpoints.ts";
import type { RegistryConfig } from "./registry-config.ts";
import { RegistryError } from "./registry-error.ts";
import { Session, type SessionParts } from "./session.ts";
import { requestToken, type TokenService } from "./tokens.ts";

export interface LoginResult {
  /** To be kept instead of the password; empty where the registry gives none. */
  identityToken: string;
}

interface LoginOptions {
  server: string;
  credentials: Credentials;
  config: RegistryConfig;
  parts: SessionParts;
  signal?: AbortSignal | undefined;
}

/** The names under which Docker Hub's credentials are kept. */
const hubServers = new Set(["", "docker.io", "index.docker.io", "registry-1.docker.io"]);

/** Proves credentials to a registry. Throws in dockerd's words. */
export async function logIn(options: LoginOptions): Promise<LoginResult> {
  const { server, credentials, config, parts, signal } = options;
  const host = server.replace(/^https?:\/\//, "").split("/", 1)[0] ?? "";
  const endpoint = await registryEndpoint(hubServers.has(host) ? hubDomain : host, "", config);
  const session = new Session(endpoint, credentials, parts);
  const { base, challenge } = await session.root(signal);
  const url = new URL("v2/", base);
  const bearer = parseChallenges(challenge).find(({ scheme }) => scheme === "bearer");
  try {
    if (bearer === undefined) return await byPassword(session, url, signal);
    const { realm = "", service = "" } = bearer.parameters;
    return await byToken(session, { realm: new URL(realm, url), service }, options);
  } catch (error) {
    throw refusal(error, url);
  }
}

async function byPassword(session: Session, url: URL, signal: AbortSignal | undefined): Promise<LoginResult> {
  const status = await statusOf(session, signal);
  if (status === undefined) return { identityToken: "" };
  throw new EngineError("internal", `login attempt to ${url.href} failed with status: ${status}`);
}

/** What the registry answers, unless it lets in. Asked once: whoever waits at a terminal is not helped by patience. */
async function statusOf(session: Session, signal: AbortSignal | undefined): Promise<string | undefined> {
  try {
    const response = await session.send({ method: "GET", target: "", scopes: [], once: true, signal });
    await response.body?.cancel();
    return undefined;
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    return `${error.status} ${STATUS_CODES[error.status] ?? ""}`;
  }
}

/** The token service is asked for a refresh token, too; the registry must then take the token. */
async function byToken(
  session: Session,
  service: TokenService,
  { credentials, parts, signal }: LoginOptions,
): Promise<LoginResult> {
  const { endpoint } = session;
  const request = { service, scopes: [], credentials, insecure: endpoint.insecure, offline: true, signal };
  const token = await requestToken(parts.transport, request);
  const proof = new Session(endpoint, { registryToken: token.value }, parts);
  const response = await proof.send({ method: "GET", target: "", scopes: [], signal });
  await response.body?.cancel();
  return { identityToken: token.refreshToken ?? "" };
}

function refusal(error: unknown, url: URL): unknown {
  const text = `Get "${url.href}": ${messageOf(error)}`;
  if (error instanceof RegistryError && (error.status === 401 || error.status === 403))
    return new EngineError("unauthenticated", text, error);
  return messageOf(error) === noCredentials ? new EngineError("internal", text, error) : error;
}
