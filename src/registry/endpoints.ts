import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { inNetwork } from "./proxy.ts";
import { type MirrorConfig, mirrorOf, type RegistryConfig } from "./registry-config.ts";

/** Where a repository may be found. */
export interface Endpoint {
  /** The API's roots, without `/v2/`, best first: the next one is for registries without TLS. */
  bases: URL[];
  insecure: boolean;
  /** A mirror is asked for reading only, and without the credentials of the registry it stands for. */
  mirror: boolean;
  /** The repository's path there. */
  repository: string;
}

export const hubDomain = "docker.io";
const hubHost = "registry-1.docker.io";

/** The registry itself. */
export async function registryEndpoint(
  domain: string,
  repository: string,
  config: RegistryConfig,
): Promise<Endpoint> {
  const host = domain === hubDomain ? hubHost : domain;
  const insecure = await isInsecure(host, config.insecureRegistries);
  const schemes = insecure ? ["https", "http"] : ["https"];
  return {
    bases: schemes.map((scheme) => new URL(`${scheme}://${host}/`)),
    insecure,
    mirror: false,
    repository,
  };
}

/** The places to read a repository from, in the order in which they are asked; the registry itself comes last. */
export async function readEndpoints(
  domain: string,
  repository: string,
  config: RegistryConfig,
): Promise<Endpoint[]> {
  const { registries, registryMirrors } = config;
  const named = (registries[domain] ?? registries["*"])?.mirrors ?? [];
  const mirrors = [...named.map(mirrorOf), ...(domain === hubDomain ? registryMirrors.map(mirrorOf) : [])];
  const endpoints = mirrors.map((mirror) => mirrorEndpoint(mirror, repository));
  return [...(await Promise.all(endpoints)), await registryEndpoint(domain, repository, config)];

  async function mirrorEndpoint(mirror: MirrorConfig, path: string): Promise<Endpoint> {
    const base = new URL(mirror.url.endsWith("/") ? mirror.url : `${mirror.url}/`);
    const insecure = mirror.insecure === true || (await isInsecure(base.host, config.insecureRegistries));
    return { bases: [base], insecure, mirror: true, repository: rewritten(path, mirror.rewrite ?? {}) };
  }
}

function rewritten(path: string, rewrite: Record<string, string>): string {
  const rule = Object.entries(rewrite).find(([pattern]) => new RegExp(pattern).test(path));
  return rule === undefined ? path : path.replace(new RegExp(rule[0]), rule[1]);
}

/** Whether the configuration, or its being this machine, lets a registry do without a trusted certificate. */
async function isInsecure(host: string, insecureRegistries: readonly string[]): Promise<boolean> {
  const name = new URL(`http://${host}`).hostname.replace(/^\[|\]$/g, "");
  if (insecureRegistries.includes(host) || insecureRegistries.includes(name)) return true;
  if (name === "localhost") return true;
  const networks = ["127.0.0.0/8", "::1/128", ...insecureRegistries.filter((entry) => entry.includes("/"))];
  const isIn = (address: string) => networks.some((network) => inNetwork(network, address));
  if (isIP(name) !== 0 || networks.length === 2) return isIn(name);
  const found = await lookup(name, { all: true }).catch(() => []);
  return found.some(({ address }) => isIn(address));
}
