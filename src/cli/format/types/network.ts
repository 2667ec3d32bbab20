// Docker's network.Inspect.
import { declare } from "../go/declare.ts";
import type { GoType } from "../go/type.ts";

const declarations = `
network.Inspect
  Name string
  ID string Id
  Created time.Time
  Scope string
  Driver string
  EnableIPv4 bool
  EnableIPv6 bool
  IPAM network.IPAM
  Internal bool
  Attachable bool
  Ingress bool
  ConfigFrom network.ConfigReference
  ConfigOnly bool
  Containers map[string]network.EndpointResource
  Options map[string]string
  Labels map[string]string
  Peers []network.PeerInfo Peers,omitempty
  Services map[string]network.ServiceInfo Services,omitempty
network.IPAM
  Driver string
  Options map[string]string
  Config []network.IPAMConfig
network.IPAMConfig
  Subnet string Subnet,omitempty
  IPRange string IPRange,omitempty
  Gateway string Gateway,omitempty
  AuxAddress map[string]string AuxiliaryAddresses,omitempty
network.ConfigReference
  Network string
network.EndpointResource
  Name string
  EndpointID string
  MacAddress string
  IPv4Address string
  IPv6Address string
network.PeerInfo
  Name string
  IP string
network.ServiceInfo
  VIP string
  Ports []string
  LocalLBIndex int
`;

export function networkInspectType(): GoType {
  return declare(declarations)("network.Inspect");
}
