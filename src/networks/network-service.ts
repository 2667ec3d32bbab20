import type { PortMap } from "../spec/api/container.ts";
import type { EndpointSettings, Network } from "../spec/api/network.ts";

export { createNetworkService, type NetworkServiceOptions } from "./engine-networks.ts";

/** What a container asks of the network before it starts. */
export interface SandboxRequest {
  containerId: string;
  containerName: string;
  /** HostConfig.NetworkMode after defaulting: `bridge`, `none`, or a network's name or id. `host` and `container:` need no sandbox. */
  networkMode: string;
  /** Wanted settings by network name (NetworkingConfig.EndpointsConfig): fixed addresses, aliases, MAC. */
  endpoints: Record<string, EndpointSettings>;
  /** Ports to publish: `80/tcp` → host bindings; an empty HostPort means any free port. */
  ports: PortMap;
  /** Exposed ports, shown unpublished in inspect. */
  exposed: string[];
  /** net.* sysctls, set inside the sandbox before anything runs. */
  sysctls: Record<string, string>;
  /** The file of a namespace to set up: one that belongs to the container's user namespace. Absent: a new one. */
  namespace?: string | undefined;
}

/** A network namespace, configured and ready for a container's first process. */
export interface Sandbox {
  id: string;
  /** The namespace file, for the OCI spec's `path` and inspect's SandboxKey. */
  path: string;
  /** By network name, complete: addresses, gateway, MAC, ids. */
  endpoints: Record<string, EndpointSettings>;
  /** As inspect shows them: every host address and port that answers. */
  ports: PortMap;
}

/** Files of a container that depend on its network, as Docker writes them. */
export interface HostFiles {
  hostname: string;
  hosts: string;
  resolvConf: string;
}

export interface HostFilesRequest {
  hostname: string;
  domainname: string;
  /** `host`: the host's own files are the base. */
  networkMode: string;
  endpoints: Record<string, EndpointSettings>;
  /** `NAME:ADDRESS`; ADDRESS may be `host-gateway`. */
  extraHosts: string[];
  dns: string[];
  dnsSearch: string[];
  dnsOptions: string[];
}

/** Networks and the sandboxes of running containers. Everything it makes is given back by `release`, also after a crash. */
export interface NetworkService {
  /** Checks names and bindings without taking anything (at `create`). Throws Docker's errors. */
  validate(request: SandboxRequest): void;
  /** Makes the namespace, links, addresses and published ports. A taken port names its holder. On failure nothing stays. */
  connect(request: SandboxRequest): Promise<Sandbox>;
  /** Gives back all of a container's sandbox; ids without one are fine. */
  release(containerId: string): Promise<void>;
  hostFiles(request: HostFilesRequest): HostFiles;
  list(): Network[];
  inspect(reference: string): Network;
  /** At start: adopt the sandboxes of `running` containers (addresses, ports), give back all others of this engine. */
  reconcile(running: Set<string>): Promise<void>;
  /** What the host's administrator should know, for `info`. */
  warnings(): readonly string[];
  /**
   * Ends listeners and helpers of this process; what running containers need stays in the kernel, and when there are
   * none, nothing does.
   */
  close(): Promise<void>;
}
