import { readFileSync } from "node:fs";
import type { Log } from "../base/log.ts";
import { NetlinkProtocol, NetlinkSocket, openNetlink } from "../linux/netlink.ts";
import { findLink, listLinks, setBridgePort, setLinkMaster, setLinkUp } from "../linux/netlink-link.ts";
import { readSysctl, writeSysctl } from "../linux/sysctl.ts";
import { ensureBridge, removeBridge, whileChoosingSubnet } from "./bridge.ts";
import { Firewall } from "./firewall.ts";
import { passForwardPolicy } from "./forward-policy.ts";
import type { InstanceNames } from "./instance-names.ts";
import { type BridgeNetwork, linksOf } from "./network-record.ts";
import type { NetworkStore } from "./network-store.ts";
import { settleSubnet } from "./predefined-networks.ts";

/** The host's side of the engine's bridge networks: bridges, routing, firewall. Made at first use, checked at start. */
export class HostNetwork implements Disposable {
  readonly route = new NetlinkSocket(openNetlink(NetlinkProtocol.route));
  readonly firewall: Firewall;
  readonly #netfilter = new NetlinkSocket(openNetlink(NetlinkProtocol.netfilter));
  readonly #names: InstanceNames;
  readonly #store: NetworkStore;
  readonly #log: Log;
  readonly #bridgeIndexes = new Map<string, number>();
  readonly #mayRoute: boolean;
  #ready: Promise<void> | undefined;
  #warnings: string[] = [];

  /** `mayRoute`: routing may be turned on where it is off. */
  constructor(names: InstanceNames, store: NetworkStore, log: Log, mayRoute: boolean) {
    this.#names = names;
    this.#mayRoute = mayRoute;
    this.#store = store;
    this.#log = log;
    this.firewall = new Firewall(this.#netfilter, names.table, log);
  }

  /** What the host's administrator should know about routing to containers. */
  get warnings(): readonly string[] {
    return this.#warnings;
  }

  /** Resolves when every bridge network works. Free once that is so. */
  async ready(): Promise<void> {
    this.#ready ??= this.#ensure().catch((error: unknown) => {
      this.#ready = undefined;
      throw error;
    });
    await this.#ready;
  }

  /** Somebody has taken a bridge or the table away: the next `ready` puts everything back. */
  doubt(): void {
    this.#ready = undefined;
  }

  /** Index of a network's bridge, after `ready`. */
  bridgeIndex(networkId: string): number {
    const index = this.#bridgeIndexes.get(networkId);
    if (index === undefined) throw new Error(`network ${networkId} has no bridge`);
    return index;
  }

  /** Gives everything back; nothing may be attached. */
  async remove(): Promise<void> {
    this.#ready = undefined;
    for (const { bridge } of this.#store.bridgeNetworks()) {
      if (bridge.isExternal !== true) removeBridge(this.route, bridge.link);
    }
    await passForwardPolicy(this.#names.table, [], this.#log);
    await this.firewall.remove();
  }

  [Symbol.dispose](): void {
    this.route[Symbol.dispose]();
    this.#netfilter[Symbol.dispose]();
  }

  async #ensure(): Promise<void> {
    for (const network of this.#store.bridgeNetworks()) {
      const index = whileChoosingSubnet(() =>
        ensureBridge(this.route, settleSubnet(network, this.#store, this.route).bridge),
      );
      this.#bridgeIndexes.set(network.id, index);
      this.#attach(network, index);
    }
    const bridges = this.#store.bridgeNetworks().map(({ bridge }) => bridge);
    const plan = { table: this.#names.table, bridges, unrouted: this.#startRouting() };
    const links = bridges.map(({ link }) => link);
    [, this.#warnings] = await Promise.all([
      this.firewall.ensure(plan, () => this.#store.portRoutes()),
      passForwardPolicy(this.#names.table, links, this.#log),
    ]);
  }

  /** Links that are there already belong on the bridge, which may be a new one. */
  #attach({ id, bridge }: BridgeNetwork, bridgeIndex: number): void {
    for (const name of linksOf(this.#store.endpointsOfNetwork(id))) {
      const link = findLink(this.route, name);
      if (link === undefined) this.#log.warn("a container has lost its link", { link: name });
      else if (link.master !== bridgeIndex) {
        this.route.request(
          setLinkMaster(link.index, bridgeIndex),
          setBridgePort(name, !bridge.isOpen),
          setLinkUp(link.index),
        );
      }
    }
  }

  /**
   * Turns routing on. Where it was off, answers the host's interfaces, between which it must stay off; remembered for
   * as long as this boot lasts, since routing then stays on.
   */
  #startRouting(): readonly string[] {
    const bootId = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    if (readSysctl("net.ipv4.ip_forward") !== "0") return this.#store.unroutedLinks(bootId);
    if (!this.#mayRoute) return [];
    writeSysctl("net.ipv4.ip_forward", "1");
    const names = listLinks(this.route)

      .filter(({ kind, name }) => kind === undefined && name !== "lo")
      .map(({ name }) => name);
    this.#store.saveUnroutedLinks(bootId, names);
    return names;
  }
}
