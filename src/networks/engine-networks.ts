import { mkdirSync, rmdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { EngineError, messageOf } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { EventLog } from "../events/event-log.ts";
import type { Network } from "../spec/api/network.ts";
import type { Database } from "../store/db/database.ts";
import { checkRequest } from "./check-request.ts";
import { makeHostFiles } from "./host-files.ts";
import { HostNetwork } from "./host-network.ts";
import { instanceNames } from "./instance-names.ts";
import { formatIpv4 } from "./ipv4.ts";
import { LinkReaper } from "./link-reaper.ts";
import { describeNetwork, type NetworkRecord } from "./network-record.ts";
import type {
  HostFiles,
  HostFilesRequest,
  NetworkService,
  Sandbox,
  SandboxRequest,
} from "./network-service.ts";
import { NetworkStore } from "./network-store.ts";
import { PortHolder } from "./port-holder.ts";
import { ensurePredefined } from "./predefined-networks.ts";
import { recover } from "./recovery.ts";
import { Sandboxes, type SandboxesContext } from "./sandboxes.ts";

export interface NetworkServiceOptions {
  db: Database;
  events: EventLog;
  log: Log;
  execRoot: string;
  /** Tells engines on one machine apart; empty or `default` for the default one. */
  instance: string;
  /** Interface name of the default bridge, where the one made from `instance` will not do. */
  bridgeName?: string;
  /** `--bridge`: an existing bridge to use instead of one of our own; `none` for no default bridge network. */
  existingBridge?: string;
  /** `--bip`: the bridge's address, as `172.30.0.1/16`; else a free one of Docker's pools, kept from then on. */
  bridgeAddress?: string;
  /** `--fixed-cidr`: the part of the subnet that containers get addresses from. */
  fixedCidr?: string;
  /** `--mtu` */
  mtu?: number;
  /** `--icc`: containers of the default bridge may reach each other (they may unless told otherwise). */
  icc?: boolean;
  /** `--ip-masq`: they leave with the host's address (unless told otherwise). */
  ipMasq?: boolean;
  /** `--ip-forward`: routing is turned on where it is off (unless told otherwise). */
  ipForward?: boolean;
  /** `--ip`: where ports without a host address listen. */
  defaultBindAddress?: string;
  /** `--host-gateway-ip`: what `host-gateway` stands for; the bridge's address by default. */
  hostGateway?: string;
  /** `--dns`, `--dns-search`, `--dns-opt`: for containers that name none. */
  dns?: readonly string[];
  dnsSearch?: readonly string[];
  dnsOptions?: readonly string[];
}

const defaultMtu = 1500;
const defaultBridge = "bridge";
const noBridge = "none";

/** The networks of one engine. Nothing in the kernel is touched before `reconcile` or the first `connect`. */
export function createNetworkService(options: NetworkServiceOptions): NetworkService {
  return new EngineNetworks(options);
}

class EngineNetworks implements NetworkService {
  readonly #options: NetworkServiceOptions;
  readonly #store: NetworkStore;
  readonly #host: HostNetwork;
  readonly #context: SandboxesContext;
  readonly #sandboxes: Sandboxes;

  constructor(options: NetworkServiceOptions) {
    const { db, log, events, instance, execRoot } = options;
    const names = instanceNames(instance);
    this.#options = options;
    this.#store = new NetworkStore(db);
    this.#host = new HostNetwork(names, this.#store, log, options.ipForward ?? true);
    ensurePredefined(this.#store, this.#host.route, bridgeOptions(options, names.bridge));
    const directory = join(resolve(execRoot), "netns");
    mkdirSync(directory, { recursive: true, mode: 0o755 });
    this.#context = {
      store: this.#store,
      host: this.#host,
      holder: new PortHolder(log),
      reaper: new LinkReaper(this.#host.route, log),
      events,
      log,
      names,
      directory,
      defaultBindAddress: options.defaultBindAddress,
    };
    this.#sandboxes = new Sandboxes(this.#context);
  }

  validate(request: SandboxRequest): void {
    checkRequest(request);
  }

  async connect(request: SandboxRequest): Promise<Sandbox> {
    try {
      checkSingle(request);
      return await this.#sandboxes.connect(request, this.#find(request.networkMode));
    } catch (error) {
      const kind = error instanceof EngineError ? error.kind : "internal";
      throw new EngineError(kind, `failed to set up container networking: ${messageOf(error)}`, error);
    }
  }

  // Nothing in it waits, but callers must not come to depend on that.
  async release(containerId: string): Promise<void> {
    this.#sandboxes.release(containerId);
    await Promise.resolve();
  }

  hostFiles(request: HostFilesRequest): HostFiles {
    const { hostGateway, dns = [], dnsSearch = [], dnsOptions = [] } = this.#options;
    const gateway = this.#store.bridgeNetworks().find(({ name }) => name === defaultBridge)?.bridge.gateway;
    const own = gateway === undefined ? "" : formatIpv4(gateway.address);
    const context = {
      hostGateway: hostGateway ?? own,
      defaultNetwork: defaultBridge,
      dns,
      dnsSearch,
      dnsOptions,
    };
    return makeHostFiles(request, context);
  }

  list(): Network[] {
    return this.#store.networks().map((network) => describeNetwork(network, []));
  }

  inspect(reference: string): Network {
    const network = this.#find(reference);
    return describeNetwork(network, this.#store.endpointsOfNetwork(network.id));
  }

  warnings(): readonly string[] {
    return this.#host.warnings;
  }

  async reconcile(running: Set<string>): Promise<void> {
    await recover(this.#context, this.#sandboxes, running);
  }

  async close(): Promise<void> {
    this.#context.holder.releaseAll();
    await this.#context.reaper.settled();
    if (this.#store.sandboxes().length === 0) {
      await this.#host.remove();
      rmdirSync(this.#context.directory);
    }
    this.#host[Symbol.dispose]();
  }

  /** By name, id or unique id prefix. Throws not-found. */
  #find(reference: string): NetworkRecord {
    const wanted = reference === "default" || reference === "" ? defaultBridge : reference;
    const networks = this.#store.networks();
    const exact = networks.find(({ name, id }) => name === wanted || id === wanted);
    const matches = exact === undefined ? networks.filter(({ id }) => id.startsWith(wanted)) : [exact];
    const [network, ...others] = matches;
    if (network === undefined) throw new EngineError("not-found", `network ${wanted} not found`);
    if (others.length > 0) {
      const message = `network ${wanted} is ambiguous (${matches.length} matches found based on ID prefix)`;
      throw new EngineError("invalid", message);
    }
    return network;
  }
}

function checkSingle({ endpoints, networkMode }: SandboxRequest): void {
  const names = Object.keys(endpoints);
  if (names.includes("host") && networkMode !== "host") {
    const rule = "container must be created in host network mode";
    throw new EngineError("invalid", `cannot connect container to host network - ${rule}`);
  }
  if (names.length < 2 || (networkMode !== "none" && !names.includes("none"))) return;
  const rule = "with one of the networks in private (none) mode";
  throw new EngineError("invalid", `container cannot be connected to multiple networks ${rule}`);
}

function bridgeOptions(options: NetworkServiceOptions, ownName: string) {
  const { existingBridge = "", bridgeName, bridgeAddress, fixedCidr, mtu = defaultMtu } = options;
  if (existingBridge === noBridge) return undefined;
  return {
    link: existingBridge === "" ? (bridgeName ?? ownName) : existingBridge,
    isExternal: existingBridge !== "",
    mtu,
    isOpen: options.icc ?? true,
    isMasqueraded: options.ipMasq ?? true,
    ...(bridgeAddress && { address: bridgeAddress }),
    ...(fixedCidr && { range: fixedCidr }),
  };
}
