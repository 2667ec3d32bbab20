import { mkdirSync } from "node:fs";
import { check, cstring, libc } from "../linux/libc.ts";
import type { NetlinkSocket } from "../linux/netlink.ts";
import { addAddress, listAddresses, listRoutes } from "../linux/netlink-address.ts";
import { addBridge, deleteLink, findLink, setLinkUp } from "../linux/netlink-link.ts";
import { writeSysctl } from "../linux/sysctl.ts";
import { type Ipv4Prefix, macOf } from "./ipv4.ts";
import type { BridgeSettings } from "./network-record.ts";

/**
 * Makes the bridge be there, up, with its address and the settings NAT needs; answers its index. What is right already
 * stays as it is.
 */
export function ensureBridge(host: NetlinkSocket, { link: name, gateway, mtu }: BridgeSettings): number {
  let link = findLink(host, name);
  if (link === undefined) {
    host.request(addBridge(name, macOf(gateway.address), mtu));
    link = findLink(host, name);
    if (link === undefined) throw new Error(`the bridge ${name} vanished as soon as it was made`);
  }
  const { index } = link;
  const hasAddress = listAddresses(host).some(
    (own) => own.linkIndex === index && own.address === gateway.address >>> 0,
  );
  if (!hasAddress) host.request(addAddress(index, gateway));
  if (!link.isUp) host.request(setLinkUp(index));
  // Published ports answer on 127.0.0.1 too; the firewall keeps containers from abusing it.
  writeSysctl(`net.ipv4.conf.${name}.route_localnet`, "1");
  // No IPv6 network here: nothing a container announces may configure the host.
  writeSysctl(`net.ipv6.conf.${name}.disable_ipv6`, "1");
  return index;
}

export function removeBridge(host: NetlinkSocket, name: string): void {
  if (findLink(host, name) !== undefined) host.request(deleteLink(name));
}

/** Networks that this host uses already: on interfaces other than `except`, and by routes. */
export function takenNetworks(host: NetlinkSocket, except: string): Ipv4Prefix[] {
  const own = findLink(host, except);
  const addresses = listAddresses(host);
  const ours = addresses.filter(({ linkIndex }) => linkIndex === own?.index);
  const others = addresses.filter(({ linkIndex }) => linkIndex !== own?.index);
  const routes = listRoutes(host).filter((route) => !ours.some((prefix) => isSameNetwork(prefix, route)));
  return [...others, ...routes];
}

function isSameNetwork(a: Ipv4Prefix, b: Ipv4Prefix): boolean {
  const drop = 2 ** (32 - a.prefixLength);
  return a.prefixLength === b.prefixLength && Math.floor(a.address / drop) === Math.floor(b.address / drop);
}

/** Runs `body` while no other engine of this machine chooses a subnet. */
export function whileChoosingSubnet<T>(body: () => T): T {
  mkdirSync("/run/lock", { recursive: true });
  const path = cstring("/run/lock/gantry-subnets.lock");
  const createReadWrite = 0o100 | 2 | 0x80000; // O_CREAT | O_RDWR | O_CLOEXEC
  const fd = check(libc.open(path, createReadWrite, 0o600), "open", "/run/lock/gantry-subnets.lock");
  const exclusive = 2; // LOCK_EX
  try {
    check(libc.flock(fd, exclusive), "flock");
    return body();
  } finally {
    libc.close(fd);
  }
}
