import type { EndpointSettings } from "../spec/api/network.ts";
import { formatIpv4 } from "./ipv4.ts";
import type { Endpoint, NetworkRecord } from "./network-record.ts";

/** An endpoint as inspect shows it: what was wanted, and what came of it. */
export function describeEndpoint(
  wanted: EndpointSettings,
  { id, attachment }: Endpoint,
  network: NetworkRecord,
): EndpointSettings {
  return {
    IPAMConfig: wanted.IPAMConfig ?? null,
    Links: wanted.Links ?? null,
    Aliases: wanted.Aliases ?? null,
    MacAddress: attachment?.mac ?? "",
    DriverOpts: wanted.DriverOpts ?? null,
    GwPriority: wanted.GwPriority ?? 0,
    NetworkID: network.id,
    EndpointID: id,
    Gateway: network.bridge === undefined ? "" : formatIpv4(network.bridge.gateway.address),
    IPAddress: attachment === undefined ? "" : formatIpv4(attachment.address.address),
    IPPrefixLen: attachment?.address.prefixLength ?? 0,
    IPv6Gateway: "",
    GlobalIPv6Address: "",
    GlobalIPv6PrefixLen: 0,
    DNSNames: null,
  };
}
