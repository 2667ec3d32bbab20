import type { Credentials } from "./credentials.ts";
import { hubDomain, registryEndpoint } from "./endpoints.ts";
import { parseChallenges } from "./challenge.ts";
import type { RegistryConfig } from "./registry-config.ts";
import { RegistryError } from "./registry-error.ts";
import { Session, type SessionParts } from "./session.ts";
import { requestToken } from "./tokens.ts";
import { EngineError } from "../base/errors.ts";

export interface LoginResult {
  /** To be kept instead of the password; empty where the registry gives none. */
  identityToken: string;
}

/** The name under which Docker Hub's credentials are kept. */
const hubServers = new Set(["docker.io", "index.docker.io", "registry-1.docker.io"]);

/** Throws `unauthenticated` in dockerd's words. */
export async function logIn(options: {
  server: string;
  credentials: Credentials;
  config: RegistryConfig;
  parts: SessionParts;
  signal?: AbortSignal | undefined;
}): Promise<LoginResult> {
  const { credentials, parts, signal } = options;
  const host = options.server.replace(/^https?:\/\//, "").split("/", 1)[0] ?? "";
  const domain = host === "" || hubServers.has(host) ? hubDomain : host;
  const endpoint = await registryEndpoint(domain, "", options.config);
  const session = new Session(endpoint, credentials, parts);
  try {
    const { base, challenge } = await session.root(signal);
    const bearer = parseChallenges(challenge).find(({ scheme }) => scheme === "bearer");
    if (bearer === undefined) {
      const response = await session.send({ method: "GET", target: "", scopes: [], signal });
      await response.body?.cancel();
      return { identityToken: "" };
    }
    const service = {
      realm: new URL(bearer.parameters["realm"] ?? "", base),
      service: bearer.parameters["service"] ?? "",
    };
    const { insecure } = endpoint;
    const request = { service, scopes: [], credentials, insecure, offline: true, signal };
    const token = await requestToken(parts.transport, request);
    const proof = new Session(endpoint, { registryToken: token.value }, parts);
    const response = await proof.send({ method: "GET", target: "", scopes: [], signal });
    await response.body?.cancel();
    return { identityToken: token.refreshToken ?? "" };
  } catch (error) {
    throw refused(error);
  }
}

function refused(error: unknown): unknown {
  if (!(error instanceof RegistryError) || (error.status !== 401 && error.status !== 403)) return error;
  return new EngineError("unauthenticated", error.message, error);
}
