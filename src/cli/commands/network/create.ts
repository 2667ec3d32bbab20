import type { NetworkCreateResponse } from "../../../spec/api/network.ts";
import type { Command, CommandContext } from "../../command.ts";
import { keyValues } from "../../key-values.ts";
import { ipamConfigs } from "./ipam.ts";

export const command: Command = {
  names: ["network create"],
  usage: "[OPTIONS] NETWORK",
  summary: "Create a network",
  flags: [
    { name: "attachable", kind: "bool", summary: "Enable manual container attachment" },
    {
      name: "aux-address",
      kind: "list",
      value: "map",
      summary: "Auxiliary IPv4 or IPv6 addresses used by Network driver",
      default: "map[]",
    },
    { name: "config-from", kind: "string", summary: "The network from which to copy the configuration" },
    { name: "config-only", kind: "bool", summary: "Create a configuration only network" },
    {
      name: "driver",
      short: "d",
      kind: "string",
      summary: "Driver to manage the Network",
      default: '"bridge"',
    },
    {
      name: "gateway",
      kind: "list",
      value: "strings",
      summary: "IPv4 or IPv6 Gateway for the master subnet",
    },
    { name: "ingress", kind: "bool", summary: "Create swarm routing-mesh network" },
    { name: "internal", kind: "bool", summary: "Restrict external access to the network" },
    { name: "ip-range", kind: "list", value: "strings", summary: "Allocate container ip from a sub-range" },
    { name: "ipam-driver", kind: "string", summary: "IP Address Management Driver", default: '"default"' },
    {
      name: "ipam-opt",
      kind: "list",
      value: "map",
      summary: "Set IPAM driver specific options",
      default: "map[]",
    },
    { name: "ipv4", kind: "bool", summary: "Enable or disable IPv4 address assignment", default: "true" },
    { name: "ipv6", kind: "bool", summary: "Enable or disable IPv6 address assignment" },
    { name: "label", kind: "list", summary: "Set metadata on a network" },
    {
      name: "opt",
      short: "o",
      kind: "list",
      value: "map",
      summary: "Set driver specific options",
      default: "map[]",
    },
    { name: "scope", kind: "string", summary: "Control the network's scope" },
    {
      name: "subnet",
      kind: "list",
      value: "strings",
      summary: "Subnet in CIDR format that represents a network segment",
    },
  ],
  args: [1, 1],
  run,
};

async function run({ flags, args, client, terminal }: CommandContext): Promise<number> {
  const commaLists = (name: string): string[] => flags.list(name).flatMap((text) => text.split(","));
  const configFrom = flags.string("config-from") ?? "";
  const { Id } = await client().request<NetworkCreateResponse>("POST", "/networks/create", {
    body: {
      Name: args[0],
      Driver: flags.string("driver") ?? "bridge",
      Scope: flags.string("scope") ?? "",
      ...(flags.has("ipv4") && { EnableIPv4: flags.bool("ipv4") }),
      ...(flags.has("ipv6") && { EnableIPv6: flags.bool("ipv6") }),
      IPAM: {
        Driver: flags.string("ipam-driver") ?? "default",
        Options: keyValues(flags.list("ipam-opt")),
        Config: ipamConfigs({
          subnets: commaLists("subnet"),
          ranges: commaLists("ip-range"),
          gateways: commaLists("gateway"),
          auxiliary: keyValues(flags.list("aux-address")),
        }),
      },
      Internal: flags.bool("internal"),
      Attachable: flags.bool("attachable"),
      Ingress: flags.bool("ingress"),
      ConfigOnly: flags.bool("config-only"),
      ...(configFrom !== "" && { ConfigFrom: { Network: configFrom } }),
      Options: keyValues(flags.list("opt")),
      Labels: keyValues(flags.list("label")),
    },
  });
  terminal.out(`${Id ?? ""}\n`);
  return 0;
}
