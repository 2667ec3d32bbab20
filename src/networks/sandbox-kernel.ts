// The kernel's side of a sandbox: namespace, pairs of links, addresses, routes, settings. A few milliseconds, all
// synchronous: this is on the way of every `run`.
import { EngineError, errnoOf } from "../base/errors.ts";
import { faultPoint } from "../base/fault.ts";
import type { NetlinkMessage, NetlinkSocket } from "../linux/netlink.ts";
import { addAddress, addDefaultRoute } from "../linux/netlink-address.ts";
import { addVethPair, findLink, setBridgePort, setLinkDown, setLinkUp } from "../linux/netlink-link.ts";
import {
  createNetworkNamespace,
  type NetworkNamespace,
  removeNetworkNamespace,
  setNamespaceSysctls,
} from "../linux/netns.ts";
import type { EndpointAttachment } from "./network-record.ts";

/** One interface of a sandbox. */
export interface Interface extends EndpointAttachment {
  /** Name inside. */
  name: string;
  bridgeIndex: number;
  gateway: number;
  mtu: number;
  /** Kept apart from the bridge's other containers. */
  isIsolated: boolean;
}

const loopbackIndex = 1;

export interface SandboxPlan {
  path: string;
  /** A namespace that is there already, to be set up. */
  existing?: string | undefined;
  /** The first one carries the default route. */
  interfaces: readonly Interface[];
  sysctls: Record<string, string>;
}

/** Makes a sandbox. On failure part of it may be left: `destroySandbox` takes any state. */
export function createSandbox(host: NetlinkSocket, plan: SandboxPlan): void {
  using namespace = createNetworkNamespace(plan.path, plan.existing);
  faultPoint("networks.connect.namespace");
  for (const wanted of plan.interfaces) addPair(host, namespace, wanted);
  faultPoint("networks.connect.links");
  // IPv6 goes off before the link goes up, else it would announce itself; loopback keeps it, as in Docker.
  const ipv6Off = plan.interfaces.map(({ name }) => [`net.ipv6.conf.${name}.disable_ipv6`, "1"] as const);
  applySysctls(namespace, ipv6Off);
  namespace.route.request(
    setLinkUp(loopbackIndex),
    ...plan.interfaces.flatMap((wanted, position) => configuration(namespace.route, wanted, position === 0)),
  );
  applySysctls(namespace, Object.entries(plan.sysctls));
}

/** Takes down what there is of a sandbox at once; the links themselves end with the namespace, a little later. */
export function destroySandbox(host: NetlinkSocket, path: string, links: readonly string[]): void {
  for (const name of links) {
    const link = findLink(host, name);
    // Down now, so that its address can be given to another without two answering for it.
    if (link !== undefined) host.request(setLinkDown(link.index));
  }
  removeNetworkNamespace(path);
}

function addPair(host: NetlinkSocket, namespace: NetworkNamespace, wanted: Interface): void {
  const { link, bridgeIndex, mtu, name, mac, isIsolated } = wanted;
  const peer = { name, mac, namespaceFd: namespace.fd };
  try {
    host.request(
      addVethPair({ name: link, master: bridgeIndex, mtu, peer }),
      setBridgePort(link, isIsolated),
    );
  } catch (error) {
    if (errnoOf(error) !== "EADDRNOTAVAIL") throw error;
    const problem = `error setting interface "${link}" MAC to "${mac}": cannot assign requested address`;
    throw new EngineError("invalid", `failed to add interface ${link} to sandbox: ${problem}`, error);
  }
}

function configuration(route: NetlinkSocket, wanted: Interface, isFirst: boolean): NetlinkMessage[] {
  const link = findLink(route, wanted.name);
  if (link === undefined) throw new Error(`no ${wanted.name} in the new sandbox`);
  const messages = [addAddress(link.index, wanted.address), setLinkUp(link.index)];
  return isFirst ? [...messages, addDefaultRoute(link.index, wanted.gateway)] : messages;
}

function applySysctls(namespace: NetworkNamespace, settings: (readonly [string, string])[]): void {
  try {
    setNamespaceSysctls(namespace.fd, settings);
  } catch (error) {
    const { subject, code } = error as { subject?: string; code?: string };
    // A kernel without IPv6 has nothing to switch off.
    if (code === "ENOENT" && subject?.endsWith(".disable_ipv6")) return;
    if (subject === undefined) throw error;
    if (code === "ENOENT") {
      throw new EngineError("invalid", `open sysctl ${subject} file: no such file or directory`, error);
    }
    const [, value] = settings.find(([name]) => name === subject) ?? [];
    const reason = code === "EINVAL" ? "invalid argument" : (code ?? "");
    const problem = `failed to write sysctl ${subject} = ${JSON.stringify(value)}`;
    throw new EngineError("invalid", `${problem}: ${reason}`, error);
  }
}
