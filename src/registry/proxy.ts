import { BlockList, isIP } from "node:net";

/** As in the environment and the daemon's configuration; empty where there is none. */
export interface ProxySettings {
  http: string;
  https: string;
  /** Comma-separated names, domains, addresses and networks that are reached directly; `*` is everything. */
  none: string;
}

/** The environment's proxies; the capital names count after the small ones, as for curl and Go. */
export function proxiesFrom(env: Record<string, string | undefined>): ProxySettings {
  const either = (name: string) => env[name] || env[name.toUpperCase()] || "";
  return { http: either("http_proxy"), https: either("https_proxy"), none: either("no_proxy") };
}

/** The proxy for a URL; undefined to go directly. This machine itself never needs one. */
export function proxyFor(url: URL, settings: ProxySettings): string | undefined {
  const proxy = url.protocol === "https:" ? settings.https : settings.http;
  if (proxy === "" || isLocal(url.hostname) || isExcluded(url, settings.none)) return undefined;
  return proxy.includes("://") ? proxy : `http://${proxy}`;
}

function isLocal(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

function isExcluded(url: URL, none: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  return none
    .split(",")
    .map((entry) => entry.trim().toLowerCase())
    .some((entry) => entry !== "" && matches(entry, host, url.port));
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === "*") return true;
  if (entry.includes("/")) return inNetwork(entry, host);
  const [name = "", wantedPort] = isIP(entry) === 6 ? [entry] : entry.split(":");
  if (wantedPort !== undefined && wantedPort !== port) return false;
  const bare = name.replace(/^\*?\./, "");
  return host === bare || host.endsWith(`.${bare}`);
}

/** Whether an address lies in a network written `address/bits`; false for names and malformed networks. */
export function inNetwork(cidr: string, host: string): boolean {
  const [address = "", bits = ""] = cidr.split("/");
  const version = isIP(address);
  if (version === 0 || isIP(host) !== version || !/^\d+$/.test(bits)) return false;
  const family = version === 4 ? "ipv4" : "ipv6";
  if (Number(bits) > (version === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(address, Number(bits), family);
  return list.check(host, family);
}
