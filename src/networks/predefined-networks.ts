import { newId } from "../base/ids.ts";
import type { NetlinkSocket } from "../linux/netlink.ts";
import { listAddresses } from "../linux/netlink-address.ts";
import { findLink } from "../linux/netlink-link.ts";
import { EngineError } from "../base/errors.ts";
import { chooseSubnet } from "./address-pool.ts";
import { takenNetworks } from "./bridge.ts";
import { type Ipv4Prefix, networkOf, overlaps, parsePrefix } from "./ipv4.ts";
import type { BridgeNetwork, BridgeSettings, NetworkDriver, NetworkRecord } from "./network-record.ts";
import type { NetworkStore } from "./network-store.ts";

/** How the default bridge network is to be; what is absent the engine chooses. */
export interface DefaultBridgeOptions {
  /** Interface name; made unless `isExternal`. */
  link: string;
  /** The bridge is the administrator's (`--bridge`): used as it is, never removed. */
  isExternal: boolean;
  /** `--bip`: the bridge's address with prefix length. */
  address?: string;
  /** `--fixed-cidr`: a part of the subnet, for containers. */
  range?: string;
  mtu: number;
  isOpen: boolean;
  isMasqueraded: boolean;
}

/** Makes the networks that every engine has be in the store. `bridge` undefined: no default bridge (`--bridge none`). */
export function ensurePredefined(
  store: NetworkStore,
  host: NetlinkSocket,
  bridge: DefaultBridgeOptions | undefined,
): void {
  const known = new Map(store.networks().map((network) => [network.name, network]));
  if (!known.has("none")) store.saveNetwork(newNetwork("none", "null"));
  if (!known.has("host")) store.saveNetwork(newNetwork("host", "host"));
  const current = known.get("bridge");
  if (bridge === undefined) {
    if (current !== undefined) store.removeNetwork(current.id);
    return;
  }
  const record = current ?? newNetwork("bridge", "bridge");
  const settings = bridgeSettings(bridge, record.bridge, host);
  store.saveNetwork({ ...record, bridge: settings, options: bridgeOptions(settings) });
}

/**
 * The network with a subnet that collides with nothing. A chosen one is kept for good, but while its bridge is not there
 * and nothing is attached, another that has taken the subnet meanwhile goes first.
 */
export function settleSubnet(
  network: BridgeNetwork,
  store: NetworkStore,
  host: NetlinkSocket,
): BridgeNetwork {
  const { bridge } = network;
  const isFixed = bridge.isExternal === true || bridge.isGiven === true;
  if (isFixed || findLink(host, bridge.link) !== undefined) return network;
  if (store.endpointsOfNetwork(network.id).length > 0) return network;
  if (!takenNetworks(host, bridge.link).some((other) => overlaps(other, bridge.gateway))) return network;
  const moved = { ...network, bridge: { ...bridge, gateway: chooseGateway(host, bridge.link) } };
  store.saveNetwork(moved);
  return moved;
}

function newNetwork(name: string, driver: NetworkDriver): NetworkRecord {
  const created = new Date().toISOString();
  return { id: newId(), name, driver, created, options: {}, labels: {} };
}

function bridgeSettings(
  options: DefaultBridgeOptions,
  current: BridgeSettings | undefined,
  host: NetlinkSocket,
): BridgeSettings {
  const { link, mtu, isExternal, isOpen, isMasqueraded, range } = options;
  const given = givenGateway(options, host) ?? gatewayOfRange(range);
  const kept = current?.isGiven === true ? undefined : current?.gateway;
  return {
    link,
    mtu,
    isOpen,
    isMasqueraded,
    gateway: given ?? kept ?? chooseGateway(host, link),
    ...(given !== undefined && { isGiven: true }),
    ...(isExternal && { isExternal }),
    ...(range !== undefined && { range: cidr(range) }),
  };
}

/** Without `--bip`, Docker makes the fixed range the subnet. */
function gatewayOfRange(range: string | undefined): Ipv4Prefix | undefined {
  if (range === undefined) return undefined;
  const { address, prefixLength } = networkOf(cidr(range));
  return { address: address + 1, prefixLength };
}

function cidr(text: string): Ipv4Prefix {
  const prefix = parsePrefix(text);
  if (prefix === undefined) throw new EngineError("invalid", `invalid CIDR address: ${text}`);
  return prefix;
}

function givenGateway({ link, isExternal, address }: DefaultBridgeOptions, host: NetlinkSocket) {
  if (address !== undefined) return cidr(address);
  if (!isExternal) return undefined;
  const index = findLink(host, link)?.index;
  if (index === undefined) {
    throw new EngineError("invalid", `bridge device with non default name ${link} must be created manually`);
  }
  const own = listAddresses(host).find(({ linkIndex }) => linkIndex === index);
  if (own === undefined)
    throw new EngineError("invalid", `bridge ${link} has no IPv4 address: give one by --bip`);
  return { address: own.address, prefixLength: own.prefixLength };
}

/** The first address of a free subnet. */
function chooseGateway(host: NetlinkSocket, link: string): Ipv4Prefix {
  const subnet = chooseSubnet(takenNetworks(host, link));
  return { address: subnet.address + 1, prefixLength: subnet.prefixLength };
}

function bridgeOptions({ link, mtu, isOpen, isMasqueraded }: BridgeSettings): Record<string, string> {
  return {
    "com.docker.network.bridge.default_bridge": "true",
    "com.docker.network.bridge.enable_icc": String(isOpen),
    "com.docker.network.bridge.enable_ip_masquerade": String(isMasqueraded),
    "com.docker.network.bridge.host_binding_ipv4": "0.0.0.0",
    "com.docker.network.bridge.name": link,
    "com.docker.network.driver.mtu": String(mtu),
  };
}
