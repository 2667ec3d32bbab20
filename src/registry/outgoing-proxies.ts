import { type ProxySettings, proxiesFrom, proxyFor } from "./proxy.ts";

let adopted: ProxySettings = proxiesFrom({});

/**
 * Takes the proxies of this process out of its environment: `configured` ones count before it. Bun's fetch would go by
 * the environment by itself, by rules of its own: this machine's own addresses too, and no networks in NO_PROXY. Programs
 * that the engine starts find no passwords there, either.
 */
export function adoptProxies(
  configured: ProxySettings,
  env: Record<string, string | undefined> = process.env,
): void {
  const found = proxiesFrom(env);
  adopted = {
    http: configured.http || found.http,
    https: configured.https || found.https,
    none: configured.none || found.none,
  };
  for (const name of ["http_proxy", "https_proxy", "no_proxy"])
    for (const each of [name, name.toUpperCase()]) delete env[each];
}

/** What this process's requests go by. */
export function outgoingProxies(): ProxySettings {
  return adopted;
}

/** What fetch is to be told of the proxy for a URL. */
export function viaProxy(url: string | URL): { proxy?: string } {
  const proxy = proxyFor(new URL(url), adopted);
  return proxy === undefined ? {} : { proxy };
}

/** For programs that do requests of their own. */
export function proxyEnvironment(): Record<string, string> {
  const { http, https, none } = adopted;
  const all = { http_proxy: http, https_proxy: https, no_proxy: none };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ""));
}

/** A proxy as it may be shown: dockerd puts this in the place of user and password. */
export function withoutCredentials(proxy: string): string {
  return proxy.replace(/^([a-z]+:\/\/)?[^/]*@/i, "$1xxxxx:xxxxx@");
}
