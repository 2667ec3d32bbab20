import { join } from "node:path";
import { NetlinkProtocol, NetlinkSocket, openNetlink } from "../../linux/netlink.ts";
import { addAddress, addDefaultRoute } from "../../linux/netlink-address.ts";
import { addBridge, addVethPair, deleteLink, findLink, setLinkUp } from "../../linux/netlink-link.ts";
import { createNetworkNamespace, removeNetworkNamespace } from "../../linux/netns.ts";
import { macOf, parseIpv4 } from "../ipv4.ts";

/** A second machine: a namespace behind a network of its own, which routes everything to this host. */
export interface OtherHost extends Disposable {
  path: string;
  address: string;
  /** This host's address in that network. */
  routerAddress: string;
}

/** `tag` (up to 8 characters) names the links. The network is 198.51.100.0/24 (RFC 5737). */
export function addOtherHost(directory: string, tag: string): OtherHost {
  const host = new NetlinkSocket(openNetlink(NetlinkProtocol.route));
  const [address, routerAddress] = ["198.51.100.2", "198.51.100.1"];
  const [own, router] = [parseIpv4(address) ?? 0, parseIpv4(routerAddress) ?? 0];
  const path = join(directory, "other-host");
  const lan = `lan${tag}`;
  if (findLink(host, lan) !== undefined) host.request(deleteLink(lan));
  host.request(addBridge(lan, macOf(router), 1500));
  const lanIndex = findLink(host, lan)?.index ?? 0;
  host.request(addAddress(lanIndex, { address: router, prefixLength: 24 }));
  using namespace = createNetworkNamespace(path);
  const peer = { name: "eth0", mac: macOf(own), namespaceFd: namespace.fd };
  host.request(addVethPair({ name: `${lan}e`, master: lanIndex, mtu: 1500, peer }));
  const inside = findLink(namespace.route, "eth0")?.index ?? 0;
  namespace.route.request(
    addAddress(inside, { address: own, prefixLength: 24 }),
    setLinkUp(inside),
    addDefaultRoute(inside, router),
  );
  return {
    path,
    address,
    routerAddress,
    [Symbol.dispose]() {
      host.request(deleteLink(`${lan}e`), deleteLink(lan));
      removeNetworkNamespace(path);
      host[Symbol.dispose]();
    },
  };
}
