import { readFileSync } from "node:fs";
import { hostname as hostHostname } from "node:os";
import type { HostFiles, HostFilesRequest } from "./network-service.ts";
import { makeResolvConf, parseResolvConf } from "./resolv-conf.ts";

/** What the engine knows and a container's files need. */
export interface HostFilesContext {
  /** What `host-gateway` stands for. */
  hostGateway: string;
  /** Name of the network whose containers reach the host at `hostGateway`. */
  defaultNetwork: string;
  /** The engine's own settings, where the container has none. */
  dns: readonly string[];
  dnsSearch: readonly string[];
  dnsOptions: readonly string[];
}

const systemResolvConf = "/etc/resolv.conf";
/** Where systemd-resolved keeps the real servers, while the system's file names only its stub. */
const resolvedResolvConf = "/run/systemd/resolve/resolv.conf";
const resolvedStub = "127.0.0.53";

const localNames = `127.0.0.1	localhost
::1	localhost ip6-localhost ip6-loopback
fe00::	ip6-localnet
ff00::	ip6-mcastprefix
ff02::1	ip6-allnodes
ff02::2	ip6-allrouters
`;

/**
 * Names under which containers find the host. An addition to Docker's file: Docker Desktop has the first and had the
 * last one, by its own DNS server, and much is written with them. Not the last line: scripts read a container's own
 * address there.
 */
const hostNames = "host.docker.internal host.gantry.internal docker.for.mac.localhost";

/** The three files, byte for byte as dockerd 28 writes them but for the host's names. */
export function makeHostFiles(request: HostFilesRequest, context: HostFilesContext): HostFiles {
  const isHostNetwork = request.networkMode === "host";
  return {
    hostname: `${request.hostname === "" && isHostNetwork ? hostHostname() : request.hostname}\n`,
    hosts:
      isHostNetwork && request.extraHosts.length === 0 ? readHost("/etc/hosts") : hosts(request, context),
    resolvConf: resolvConf(request, context, isHostNetwork),
  };
}

function hosts(request: HostFilesRequest, context: HostFilesContext): string {
  const extra = request.extraHosts.map((entry) => extraHost(entry, context.hostGateway));
  const names = ownNames(request);
  const own = Object.values(request.endpoints)
    .flatMap(({ IPAddress, GlobalIPv6Address }) => [IPAddress, GlobalIPv6Address])
    .filter((address) => address !== undefined && address !== "")
    .map((address) => `${address}\t${names}\n`);
  const isOnDefault = (request.endpoints[context.defaultNetwork]?.IPAddress ?? "") !== "";
  const host = isOnDefault ? `${context.hostGateway}\t${hostNames}\n` : "";
  return [localNames, ...extra, host, ...own].join("");
}

/** `NAME:ADDRESS` (the CLI's `NAME=ADDRESS` has been turned into it). */
function extraHost(entry: string, hostGateway: string): string {
  const colon = entry.indexOf(":");
  const [name, address] = [entry.slice(0, colon), entry.slice(colon + 1)];
  return `${address === "host-gateway" ? hostGateway : address}\t${name}\n`;
}

/** `web.example.com web`. */
function ownNames({ hostname, domainname }: HostFilesRequest): string {
  const full = domainname === "" ? hostname : `${hostname}.${domainname}`;
  const dot = full.indexOf(".");
  return dot === -1 ? full : `${full} ${full.slice(0, dot)}`;
}

function resolvConf(request: HostFilesRequest, context: HostFilesContext, isHostNetwork: boolean): string {
  const hostPath = isHostNetwork ? systemResolvConf : resolvConfPath();
  return makeResolvConf({
    hostPath,
    hostText: readHost(hostPath),
    isHostNetwork,
    nameServers: request.dns.length > 0 ? request.dns : context.dns,
    search: request.dnsSearch.length > 0 ? request.dnsSearch : context.dnsSearch,
    options: request.dnsOptions.length > 0 ? request.dnsOptions : context.dnsOptions,
  });
}

function resolvConfPath(): string {
  const { nameServers } = parseResolvConf(readHost(systemResolvConf));
  const isStub = nameServers.length === 1 && nameServers[0] === resolvedStub;
  return isStub ? resolvedResolvConf : systemResolvConf;
}

/** A host without the file is one with an empty file. */
function readHost(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
