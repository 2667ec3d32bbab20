import type { Credentials } from "../registry/credentials.ts";
import type { Call } from "./call.ts";

/**
 * Who the client is to a registry (X-Registry-Auth: JSON in base64url). What cannot be read counts as nobody, as in
 * dockerd: older clients send all sorts of things.
 */
export function registryAuth(call: Call): Credentials {
  const header = call.request.headers["x-registry-auth"];
  if (typeof header !== "string" || header === "") return {};
  try {
    return credentialsOf(JSON.parse(Buffer.from(header, "base64url").toString()));
  } catch {
    return {};
  }
}

/** Docker's `AuthConfig`; `auth` is user and password in one. */
export interface AuthConfig {
  username?: string;
  password?: string;
  auth?: string;
  email?: string;
  serveraddress?: string;
  identitytoken?: string;
  registrytoken?: string;
}

/** Fields of the wrong type count as absent. */
export function credentialsOf(config: AuthConfig | null): Credentials {
  const pair = text(config?.auth);
  const [user, ...rest] = pair === undefined ? [] : Buffer.from(pair, "base64").toString().split(":");
  const username = text(config?.username) ?? text(user);
  const password = text(config?.password) ?? text(rest.join(":"));
  const identityToken = text(config?.identitytoken);
  const registryToken = text(config?.registrytoken);
  return {
    ...(username && { username }),
    ...(password && { password }),
    ...(identityToken && { identityToken }),
    ...(registryToken && { registryToken }),
  };
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Who the client is to each registry a build may ask (X-Registry-Config: JSON in base64, by registry). */
export function registryConfig(call: Call): (registry: string) => Credentials | undefined {
  const header = call.request.headers["x-registry-config"];
  if (typeof header !== "string" || header === "") return () => undefined;
  const known = new Map<string, AuthConfig>();
  try {
    const value = JSON.parse(Buffer.from(header, "base64url").toString()) as Record<
      string,
      AuthConfig
    > | null;
    for (const [name, config] of Object.entries(value ?? {})) known.set(registryName(name), config);
  } catch {
    return () => undefined;
  }
  return (registry) => {
    const config = known.get(registry);
    return config === undefined ? undefined : credentialsOf(config);
  };
}

/** Docker Hub goes by the address of its old index. */
function registryName(key: string): string {
  const host = key.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
  return host === "index.docker.io" ? "docker.io" : host;
}
