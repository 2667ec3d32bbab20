import type {
  ConfigReference,
  EndpointIPAMConfig,
  EndpointSettings,
  IPAM,
  IPAMConfig,
  NetworkConnectRequest,
  NetworkCreateRequest,
  NetworkDisconnectRequest,
  NetworkingConfig,
} from "../../spec/api/network.ts";
import { bool, int, list, map, struct, text } from "./schema.ts";

const strings = list(text());
const stringMap = map(text());

const endpointSettings = struct<EndpointSettings>("network.EndpointSettings", {
  IPAMConfig: struct<EndpointIPAMConfig>("network.EndpointIPAMConfig", {
    IPv4Address: text(),
    IPv6Address: text(),
    LinkLocalIPs: strings,
  }),
  Links: strings,
  MacAddress: text(),
  Aliases: strings,
  DriverOpts: stringMap,
  GwPriority: int,
  NetworkID: text(),
  EndpointID: text(),
  Gateway: text(),
  IPAddress: text(),
  IPPrefixLen: int,
  IPv6Gateway: text(),
  GlobalIPv6Address: text(),
  GlobalIPv6PrefixLen: int,
  DNSNames: strings,
});

export const networkingConfig = struct<NetworkingConfig>("network.NetworkingConfig", {
  EndpointsConfig: map(endpointSettings, "map[string]*network.EndpointSettings"),
});

const ipam = struct<IPAM>("network.IPAM", {
  Driver: text(),
  Options: stringMap,
  Config: list(
    struct<IPAMConfig>("network.IPAMConfig", {
      Subnet: text(),
      IPRange: text(),
      Gateway: text(),
      AuxiliaryAddresses: stringMap,
    }),
  ),
});

/** POST /networks/create. */
export const networkCreateBody = struct<NetworkCreateRequest>("network.CreateRequest", {
  Name: text(),
  CheckDuplicate: bool,
  Driver: text(),
  Scope: text(),
  EnableIPv4: bool,
  EnableIPv6: bool,
  IPAM: ipam,
  Internal: bool,
  Attachable: bool,
  Ingress: bool,
  ConfigOnly: bool,
  ConfigFrom: struct<ConfigReference>("network.ConfigReference", { Network: text() }),
  Options: stringMap,
  Labels: stringMap,
});

/** POST /networks/{id}/connect. */
export const networkConnectBody = struct<NetworkConnectRequest>("network.ConnectOptions", {
  Container: text(),
  EndpointConfig: endpointSettings,
});

/** POST /networks/{id}/disconnect. */
export const networkDisconnectBody = struct<NetworkDisconnectRequest>("network.DisconnectOptions", {
  Container: text(),
  Force: bool,
});
