import { join } from "node:path";
import { Cleanup } from "../base/cleanup.ts";
import { EngineError, messageOf } from "../base/errors.ts";
import { faultPoint } from "../base/fault.ts";
import { newId, shortId } from "../base/ids.ts";
import type { Log } from "../base/log.ts";
import type { EventLog } from "../events/event-log.ts";
import { KernelError } from "../linux/libc.ts";
import { closePortSocket, hasIpv6 } from "../linux/port-socket.ts";
import type { EndpointSettings } from "../spec/api/network.ts";
import { describeEndpoint } from "./endpoint-settings.ts";
import type { HostNetwork } from "./host-network.ts";
import { type InstanceNames, linkName } from "./instance-names.ts";
import { formatIpv4, macOf } from "./ipv4.ts";
import type { LinkReaper } from "./link-reaper.ts";
import { type Endpoint, isBridgeNetwork, linksOf, type NetworkRecord } from "./network-record.ts";
import type { Sandbox, SandboxRequest } from "./network-service.ts";
import type { NetworkStore, SandboxRecord } from "./network-store.ts";
import { type HeldPort, PortAllocator } from "./port-allocator.ts";
import type { PortHolder } from "./port-holder.ts";
import { portRequests } from "./port-request.ts";
import { describePorts, portsMeet, type PublishedPort } from "./published-port.ts";
import { createSandbox, destroySandbox, type Interface } from "./sandbox-kernel.ts";

export interface SandboxesContext {
  store: NetworkStore;
  host: HostNetwork;
  holder: PortHolder;
  reaper: LinkReaper;
  events: EventLog;
  log: Log;
  names: InstanceNames;
  /** Where namespaces are held by bind mounts. */
  directory: string;
  /** Where ports without a host address listen (`--ip`); every address when absent. */
  defaultBindAddress?: string | undefined;
}

/** What a container has been promised, on record before the kernel is touched. */
interface Reservation {
  sandbox: SandboxRecord;
  network: NetworkRecord;
  endpoint: Endpoint;
  held: HeldPort[];
}

const sharedNamespace = "/proc/self/ns/net";

/** Makes and takes down sandboxes. Between waiting for the host's side and the result nothing waits: no two mix. */
export class Sandboxes {
  readonly #context: SandboxesContext;
  readonly #allocator: PortAllocator;

  constructor(context: SandboxesContext) {
    this.#context = context;
    this.#allocator = new PortAllocator((port) => this.#findHolder(port));
  }

  async connect(request: SandboxRequest, network: NetworkRecord): Promise<Sandbox> {
    this.release(request.containerId);
    if (network.bridge === undefined) return await this.#connectOnce(request, network);
    await this.#context.host.ready();
    try {
      return await this.#connectOnce(request, network);
    } catch (error) {
      if (!isHostStateLost(error)) throw error;
      this.#context.log.warn("the bridge or the firewall is gone: making it again", {
        reason: messageOf(error),
      });
      this.#context.host.doubt();
      await this.#context.host.ready();
      return await this.#connectOnce(request, network);
    }
  }

  /** Gives back all of a container's sandbox but the links' last moments, which the reaper awaits. */
  release(containerId: string): void {
    const { store, host, holder, reaper } = this.#context;
    const sandbox = store.sandbox(containerId);
    if (sandbox === undefined) return;
    const endpoints = store.endpointsOfContainer(containerId);
    host.firewall.unpublish(store.portRoutes(containerId));
    holder.release(containerId);
    faultPoint("networks.release.unpublished");
    const links = linksOf(endpoints);
    destroySandbox(host.route, this.pathOf(sandbox), links);
    faultPoint("networks.release.destroyed");
    store.removeSandbox(containerId);
    reaper.add(links);
    for (const endpoint of endpoints) this.#publishEvent("disconnect", endpoint);
  }

  pathOf(sandbox: SandboxRecord): string {
    return join(this.#context.directory, shortId(sandbox.id));
  }

  /** Whether the sandbox has a namespace of its own: all but the host network's do. */
  hasNamespace({ containerId }: SandboxRecord): boolean {
    const { store } = this.#context;
    const shared = store.networks().find(({ driver }) => driver === "host")?.id;
    return store.endpointsOfContainer(containerId).every(({ networkId }) => networkId !== shared);
  }

  async #connectOnce(request: SandboxRequest, network: NetworkRecord): Promise<Sandbox> {
    const { log, host, holder } = this.#context;
    const { containerId } = request;
    const cleanup = new Cleanup((what, error) =>
      log.error(`cannot give back ${what}`, error, { containerId }),
    );
    try {
      const reservation = this.#reserve(request, network, cleanup);
      faultPoint("networks.connect.recorded");
      const { sandbox, endpoint, held } = reservation;
      const path = network.driver === "host" ? sharedNamespace : this.pathOf(sandbox);
      if (network.driver !== "host") this.#create(request, reservation, path, cleanup);
      faultPoint("networks.connect.configured");
      const target = endpoint.attachment?.address.address;
      if (target !== undefined && held.length > 0) {
        host.firewall.publish(held.map(({ port }) => ({ port, target })));
        faultPoint("networks.connect.published");
        holder.serve(containerId, held, formatIpv4(target));
      }
      cleanup.keep();
      this.#publishEvent("connect", endpoint);
      return describe(request, reservation, path);
    } catch (error) {
      await cleanup.run();
      throw error;
    }
  }

  #reserve(request: SandboxRequest, network: NetworkRecord, cleanup: Cleanup): Reservation {
    const { store } = this.#context;
    const { containerId, containerName } = request;
    const reservation = store.transaction(() => {
      const sandbox: SandboxRecord = { id: newId(), containerId, containerName };
      store.addSandbox(sandbox);
      const endpoint = this.#newEndpoint(request, network);
      store.addEndpoint(endpoint);
      const held = this.#takePorts(request, endpoint);
      cleanup.add("host ports", () => {
        for (const { fd } of held) closePortSocket(fd);
      });
      store.addPorts(
        containerId,
        held.map(({ port }) => port),
      );
      return { sandbox, network, endpoint, held };
    });
    cleanup.add("sandbox record", () => store.removeSandbox(containerId));
    return reservation;
  }

  #newEndpoint(request: SandboxRequest, network: NetworkRecord): Endpoint {
    const { containerId, containerName } = request;
    const endpoint = { id: newId(), networkId: network.id, containerId, containerName };
    if (!isBridgeNetwork(network)) return endpoint;
    const address = this.#context.store.allot(network);
    const wantedMac = wantedSettings(request, network).MacAddress ?? "";
    const mac = wantedMac === "" ? macOf(address.address) : wantedMac.toLowerCase();
    return { ...endpoint, attachment: { address, mac, link: linkName(this.#context.names, endpoint.id) } };
  }

  /** Networks without addresses have no ports to publish; Docker ignores the wish. */
  #takePorts(request: SandboxRequest, { id, attachment, containerName }: Endpoint): HeldPort[] {
    if (attachment === undefined) return [];
    try {
      const requests = portRequests(request.ports, this.#defaultAddresses());
      return this.#allocator.take(requests, formatIpv4(attachment.address.address), containerName);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      const what = `driver failed programming external connectivity on endpoint ${containerName} (${id})`;
      throw new EngineError(error.kind, `${what}: ${error.message}`, error);
    }
  }

  #defaultAddresses(): string[] {
    const { defaultBindAddress = "" } = this.#context;
    if (defaultBindAddress !== "" && defaultBindAddress !== "0.0.0.0") return [defaultBindAddress];
    return hasIpv6() ? ["0.0.0.0", "::"] : ["0.0.0.0"];
  }

  #create(request: SandboxRequest, reservation: Reservation, path: string, cleanup: Cleanup): void {
    const { host, reaper } = this.#context;
    const { endpoint, network } = reservation;
    const links = linksOf([endpoint]);
    cleanup.add("sandbox", () => {
      destroySandbox(host.route, path, links);
      reaper.add(links);
    });
    createSandbox(host.route, {
      path,
      existing: request.namespace,
      interfaces: this.#interfaces(endpoint, network),
      sysctls: request.sysctls,
    });
  }

  #interfaces({ attachment }: Endpoint, { id, bridge }: NetworkRecord): Interface[] {
    if (attachment === undefined || bridge === undefined) return [];
    const bridgeIndex = this.#context.host.bridgeIndex(id);
    const { gateway, mtu, isOpen } = bridge;
    return [{ ...attachment, name: "eth0", bridgeIndex, gateway: gateway.address, mtu, isIsolated: !isOpen }];
  }

  #findHolder(port: PublishedPort): string | undefined {
    const holders = this.#context.store.portHolders(port.protocol, port.hostPort);
    return holders.find((other) => portsMeet(port, other))?.containerName;
  }

  #publishEvent(action: "connect" | "disconnect", { networkId, containerId }: Endpoint): void {
    const network = this.#context.store.networks().find(({ id }) => id === networkId);
    if (network === undefined) return;
    const attributes = { container: containerId, name: network.name, type: network.driver };
    this.#context.events.publish({ Type: "network", Action: action, id: networkId, attributes });
  }
}

function describe(request: SandboxRequest, reservation: Reservation, path: string): Sandbox {
  const { sandbox, network, endpoint, held } = reservation;
  const settings: EndpointSettings = describeEndpoint(wantedSettings(request, network), endpoint, network);
  const isPublishing = endpoint.attachment !== undefined;
  return {
    id: sandbox.id,
    path,
    endpoints: { [network.name]: settings },
    ports: isPublishing
      ? describePorts(
          held.map(({ port }) => port),
          request.exposed,
        )
      : {},
  };
}

/** The settings a request has for a network, which it may name by name, id or mode. */
function wantedSettings(
  { endpoints, networkMode }: SandboxRequest,
  { name, id }: NetworkRecord,
): EndpointSettings {
  return endpoints[name] ?? endpoints[networkMode] ?? endpoints[id] ?? {};
}

/** netlink's answers when the bridge (as master) or the nftables table is not there any more. */
function isHostStateLost(error: unknown): boolean {
  return (
    error instanceof KernelError &&
    error.syscall === "netlink" &&
    ["EINVAL", "ENODEV", "ENOENT"].includes(error.code)
  );
}
