import type { EndpointSettings } from "../../spec/api/network.ts";
import type { ParsedFlags } from "../command.ts";
import { checkMacAddress } from "./addresses.ts";
import { type NetworkAttachment, parseNetworkFlag } from "./network-flag.ts";

/** An endpoint as docker's client writes it: every field, also the engine's own. */
export type WireEndpoint = { [Key in keyof Required<EndpointSettings>]: EndpointSettings[Key] | null };

/** HostConfig.NetworkMode: the first `--network`, or the engine's default. */
export function networkMode(attachments: readonly NetworkAttachment[]): string {
  return attachments[0]?.target ?? "default";
}

export function networkAttachments(flags: ParsedFlags): NetworkAttachment[] {
  return [...flags.list("network"), ...flags.list("net")].map(parseNetworkFlag);
}

/**
 * NetworkingConfig.EndpointsConfig. `--ip`, `--network-alias` and their like belong to the first network. A single
 * network without settings is left to the engine, as docker does.
 */
export function endpointsConfig(
  flags: ParsedFlags,
  attachments: readonly NetworkAttachment[],
): Record<string, WireEndpoint> {
  const [first = parseNetworkFlag("default"), ...rest] = attachments;
  const endpoints: Record<string, WireEndpoint> = {};
  for (const attachment of [withContainerFlags(first, flags), ...rest]) {
    const settings = endpoint(attachment);
    if (endpoints[attachment.target] !== undefined)
      throw new Error(`network ${JSON.stringify(attachment.target)} is specified multiple times`);
    if (attachments.length === 1 && isBare(settings)) continue;
    endpoints[attachment.target] = settings;
  }
  const userDefined = attachments.filter((attachment) => isUserDefined(attachment.target)).length;
  if (userDefined > 0 && userDefined < attachments.length)
    throw new Error(
      "conflicting options: cannot attach both user-defined and non-user-defined network-modes",
    );
  return endpoints;
}

/** Any network but the engine's own modes. */
export function isUserDefined(mode: string): boolean {
  return !["default", "bridge", "host", "none"].includes(mode) && !/^container(:|$)/.test(mode);
}

function withContainerFlags(attachment: NetworkAttachment, flags: ParsedFlags): NetworkAttachment {
  const aliases = [...flags.list("network-alias"), ...flags.list("net-alias")];
  const links = isUserDefined(attachment.target) ? flags.list("link") : [];
  const [ipv4 = "", ipv6 = "", macAddress = ""] = ["ip", "ip6", "mac-address"].map((name) =>
    flags.string(name),
  );
  const linkLocalIps = flags.list("link-local-ip");
  refuseBoth("network-alias", "alias", aliases, attachment.aliases);
  refuseBoth("ip", "IPv4 address", ipv4, attachment.ipv4);
  refuseBoth("ip6", "IPv6 address", ipv6, attachment.ipv6);
  refuseBoth("mac-address", "MAC address", macAddress, attachment.macAddress);
  refuseBoth("link-local-ip", "link-local IP addresses", linkLocalIps, attachment.linkLocalIps);
  return {
    ...attachment,
    links,
    aliases: aliases.length > 0 ? aliases : attachment.aliases,
    ipv4: ipv4 || attachment.ipv4,
    ipv6: ipv6 || attachment.ipv6,
    macAddress: macAddress || attachment.macAddress,
    linkLocalIps: linkLocalIps.length > 0 ? linkLocalIps : attachment.linkLocalIps,
  };
}

/** A setting may come from the container's flag or from the network's own, not from both. */
function refuseBoth(flag: string, what: string, ...given: (string | string[])[]): void {
  if (given.every((value) => value.length > 0))
    throw new Error(`conflicting options: cannot specify both --${flag} and per-network ${what}`);
}

function endpoint(attachment: NetworkAttachment): WireEndpoint {
  const { target, aliases, links, ipv4, ipv6, linkLocalIps, macAddress, driverOptions } = attachment;
  if (target.trim() === "") throw new Error("no name set for network");
  if (!isUserDefined(target) && aliases.length > 0)
    throw new Error("network-scoped aliases are only supported for user-defined networks");
  if (macAddress !== "") checkMacAddress(macAddress);
  const addressed = ipv4 !== "" || ipv6 !== "" || linkLocalIps.length > 0;
  return {
    ...bare,
    IPAMConfig: addressed
      ? {
          ...(ipv4 && { IPv4Address: ipv4 }),
          ...(ipv6 && { IPv6Address: ipv6 }),
          ...(linkLocalIps.length > 0 && { LinkLocalIPs: linkLocalIps }),
        }
      : null,
    Links: links.length > 0 ? links : null,
    Aliases: aliases.length > 0 ? aliases : null,
    MacAddress: macAddress,
    DriverOpts: Object.keys(driverOptions).length > 0 ? driverOptions : null,
    GwPriority: attachment.gatewayPriority,
  };
}

const bare: WireEndpoint = {
  IPAMConfig: null,
  Links: null,
  Aliases: null,
  MacAddress: "",
  DriverOpts: null,
  GwPriority: 0,
  NetworkID: "",
  EndpointID: "",
  Gateway: "",
  IPAddress: "",
  IPPrefixLen: 0,
  IPv6Gateway: "",
  GlobalIPv6Address: "",
  GlobalIPv6PrefixLen: 0,
  DNSNames: null,
};

function isBare(settings: WireEndpoint): boolean {
  return JSON.stringify(settings) === JSON.stringify(bare);
}
