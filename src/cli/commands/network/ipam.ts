// Which range, gateway and auxiliary address belongs to which subnet of `network create`.
import { BlockList, isIP } from "node:net";
import type { IPAMConfig } from "../../../spec/api/network.ts";
import { CommandError } from "../../command.ts";

export interface IpamFlags {
  subnets: readonly string[];
  ranges: readonly string[];
  gateways: readonly string[];
  /** Name → address. */
  auxiliary: Readonly<Record<string, string>>;
}

/** Throws docker's words where one fits no subnet, or two the same. */
export function ipamConfigs({ subnets, ranges, gateways, auxiliary }: IpamFlags): IPAMConfig[] {
  if (subnets.length < ranges.length || subnets.length < gateways.length)
    throw new CommandError("every ip-range or gateway must have a corresponding subnet");
  const configs = new Map<string, IPAMConfig>();
  for (const subnet of subnets) {
    for (const other of configs.keys())
      if (contains(subnet, other) || contains(other, subnet))
        throw new CommandError("multiple overlapping subnet configuration is not supported");
    configs.set(subnet, { Subnet: subnet, AuxiliaryAddresses: {} });
  }
  for (const range of ranges) parseCidr(range, "");
  assign(configs, ranges, "range", (config, range) => {
    const taken = config.IPRange;
    config.IPRange = range;
    return taken === undefined
      ? undefined
      : `cannot configure multiple ranges (${range}, ${taken}) on the same subnet`;
  });
  assign(configs, gateways, "gateway", (config, gateway) => {
    const taken = config.Gateway;
    config.Gateway = gateway;
    return taken === undefined
      ? undefined
      : `cannot configure multiple gateways (${gateway}, ${taken}) for the same subnet`;
  });
  for (const [name, address] of Object.entries(auxiliary))
    assign(configs, [address], "aux-address", (config) => {
      config.AuxiliaryAddresses = { ...config.AuxiliaryAddresses, [name]: address };
      return undefined;
    });
  return [...configs.values()];
}

/** Gives each value to every subnet that holds it; `give` answers what is wrong with that. */
function assign(
  configs: ReadonlyMap<string, IPAMConfig>,
  values: readonly string[],
  what: string,
  give: (config: IPAMConfig, value: string) => string | undefined,
): void {
  for (const value of values) {
    const matching = [...configs].filter(([subnet]) => contains(subnet, value));
    if (matching.length === 0) throw new CommandError(`no matching subnet for ${what} ${value}`);
    for (const [subnet, config] of matching) {
      const problem = give(config, value);
      if (problem !== undefined) throw new CommandError(`${problem} (${subnet})`);
    }
  }
}

/** Whether an address, or the first of a range, lies in a subnet. */
function contains(subnet: string, value: string): boolean {
  const [network, prefix] = parseCidr(subnet, "invalid subnet: ");
  const address = value.includes("/") ? parseCidr(value, "")[0] : value;
  const family = isIP(network) === 6 ? "ipv6" : "ipv4";
  if (isIP(address) === 0 || isIP(address) !== isIP(network)) return false;
  const list = new BlockList();
  list.addSubnet(network, prefix, family);
  return list.check(address, family);
}

function parseCidr(text: string, problem: string): [network: string, prefix: number] {
  const [network = "", prefix = ""] = text.split("/");
  const bits = isIP(network) === 6 ? 128 : 32;
  if (isIP(network) === 0 || !/^\d+$/.test(prefix) || Number(prefix) > bits)
    throw new CommandError(`${problem}invalid CIDR address: ${text}`);
  return [network, Number(prefix)];
}
