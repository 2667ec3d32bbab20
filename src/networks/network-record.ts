import type { IPAM, IPAMConfig, Network } from "../spec/api/network.ts";
import { formatIpv4, formatPrefix, type Ipv4Prefix, networkOf } from "./ipv4.ts";

export type NetworkDriver = "bridge" | "host" | "null";

/** A network as the engine keeps it. */
export interface NetworkRecord {
  id: string;
  name: string;
  driver: NetworkDriver;
  /** RFC 3339. */
  created: string;
  options: Record<string, string>;
  labels: Record<string, string>;
  /** Of a bridge network only. */
  bridge?: BridgeSettings;
}

export interface BridgeSettings {
  /** The bridge's interface name on the host. */
  link: string;
  /** The bridge's own address and the containers' gateway; its network is the subnet. */
  gateway: Ipv4Prefix;
  mtu: number;
  /** Addresses for containers come from here; from the whole subnet when absent. */
  range?: Ipv4Prefix;
  /** Containers of the network may reach each other (`--icc`). */
  isOpen: boolean;
  /** Containers leave with the host's address (`--ip-masq`). */
  isMasqueraded: boolean;
  /** The administrator fixed the address. */
  isGiven?: boolean;
  /** The administrator's own bridge: never made or removed. */
  isExternal?: boolean;
}

export type BridgeNetwork = NetworkRecord & Required<Pick<NetworkRecord, "bridge">>;

export function isBridgeNetwork(network: NetworkRecord): network is BridgeNetwork {
  return network.bridge !== undefined;
}

/** A container's place in a network. */
export interface Endpoint {
  id: string;
  networkId: string;
  containerId: string;
  containerName: string;
  /** Absent in networks without addresses. */
  attachment?: EndpointAttachment;
}

export interface EndpointAttachment {
  address: Ipv4Prefix;
  mac: string;
  /** The host's end of the pair. */
  link: string;
}

/** The host's ends of the endpoints' pairs. */
export function linksOf(endpoints: readonly Endpoint[]): string[] {
  return endpoints.flatMap(({ attachment }) => (attachment === undefined ? [] : [attachment.link]));
}

/** A network as GET /networks shows it, with `Containers` of the given endpoints. */
export function describeNetwork(network: NetworkRecord, endpoints: readonly Endpoint[]): Network {
  return {
    Name: network.name,
    Id: network.id,
    Created: network.created,
    Scope: "local",
    Driver: network.driver,
    EnableIPv4: true,
    EnableIPv6: false,
    IPAM: describeIpam(network),
    Internal: false,
    Attachable: false,
    Ingress: false,
    ConfigFrom: { Network: "" },
    ConfigOnly: false,
    Containers: Object.fromEntries(endpoints.map((endpoint) => [endpoint.containerId, inNetwork(endpoint)])),
    Options: network.options,
    Labels: network.labels,
  };
}

function describeIpam({ bridge }: NetworkRecord): IPAM {
  if (bridge === undefined) return { Driver: "default", Options: null, Config: null };
  const { gateway, range } = bridge;
  const config: IPAMConfig = {
    Subnet: formatPrefix(networkOf(gateway)),
    ...(range && { IPRange: formatPrefix(range) }),
    Gateway: formatIpv4(gateway.address),
  };
  return { Driver: "default", Options: null, Config: [config] };
}

function inNetwork({ id, containerName, attachment }: Endpoint) {
  return {
    Name: containerName,
    EndpointID: id,
    MacAddress: attachment?.mac ?? "",
    IPv4Address: attachment === undefined ? "" : formatPrefix(attachment.address),
    IPv6Address: "",
  };
}
