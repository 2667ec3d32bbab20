import { formatPrefix, networkOf } from "./ipv4.ts";
import type { BridgeSettings } from "./network-record.ts";

/** The names of the port maps; their elements come and go with containers and are not part of the script. */
export const portMaps = { anywhere: "anywhere", addressed: "addressed" } as const;

export type FirewallBridge = Pick<BridgeSettings, "link" | "gateway" | "isOpen" | "isMasqueraded">;

export interface FirewallPlan {
  table: string;
  bridges: readonly FirewallBridge[];
  /**
   * Links between which this host must not route, because routing was off until the engine needed it: without the
   * rule every machine beside us could now reach all others through us.
   */
  unrouted: readonly string[];
}

/**
 * The engine's whole table, in nft's own listing format, so that a listing can be compared with it.
 *
 * - `publish`: DNAT of published ports, for packets to any address of the host, from outside (`prerouting`) and from the
 *   host itself (`output`). Packets for 127/8 from outside never pass: the kernel would take them for ours after DNAT.
 * - `postrouting`: containers leave with the host's address; a connection that comes back to its own bridge through a
 *   published port, or from 127/8, gets the bridge's, else the answer would go past us.
 * - `martians`: what a container sends to 127/8 by hand would reach the host's own loopback services, because the
 *   bridges have route_localnet (CVE-2020-8558).
 * - `forward`: into a bridge comes only what belongs to a known connection, was published, or is from the same bridge.
 */
export function firewallScript(plan: FirewallPlan): string {
  const names = plan.bridges.map(({ link }) => quote(link));
  const open = plan.bridges.filter(({ isOpen }) => isOpen).map(({ link }) => quote(link));
  return table(plan.table, [
    set("bridges", "type ifname", names),
    set(
      "siblings",
      "type ifname . ifname",
      open.map((name) => `${name} . ${name}`),
    ),
    set("unrouted", "type ifname", plan.unrouted.map(quote)),
    subnetSet("subnets", plan.bridges),
    subnetSet(
      "masqueraded",
      plan.bridges.filter(({ isMasqueraded }) => isMasqueraded),
    ),
    block(`map ${portMaps.addressed}`, [
      "type inet_proto . ipv4_addr . inet_service : ipv4_addr . inet_service",
    ]),
    block(`map ${portMaps.anywhere}`, ["type inet_proto . inet_service : ipv4_addr . inet_service"]),
    block("chain publish", [
      `dnat ip to meta l4proto . ip daddr . th dport map @${portMaps.addressed}`,
      `dnat ip to meta l4proto . th dport map @${portMaps.anywhere}`,
    ]),
    block("chain prerouting", [
      "type nat hook prerouting priority dstnat; policy accept;",
      "ip daddr 127.0.0.0/8 return",
      "fib daddr type local jump publish",
    ]),
    block("chain output", [
      "type nat hook output priority -100; policy accept;",
      "fib daddr type local jump publish",
    ]),
    block("chain postrouting", [
      "type nat hook postrouting priority srcnat; policy accept;",
      "ip saddr @masqueraded oifname != @bridges masquerade",
      "ip saddr @subnets oifname @bridges ct status dnat masquerade",
      "ip saddr 127.0.0.0/8 oifname @bridges masquerade",
    ]),
    block("chain martians", [
      "type filter hook prerouting priority raw; policy accept;",
      "iifname @bridges ip daddr 127.0.0.0/8 drop",
    ]),
    block("chain forward", [
      "type filter hook forward priority filter; policy accept;",
      "iifname @unrouted oifname @unrouted drop",
      "oifname != @bridges accept",
      "ct state established,related accept",
      "ct status dnat accept",
      "iifname . oifname @siblings accept",
      "drop",
    ]),
  ]);
}

/** A listing or script in a form that compares: without the ports' elements, order in sets, blank and line borders. */
export function canonicalRules(listing: string): string {
  return listing
    .replace(/(map \w+ \{[^{}]*?)\s*elements = \{[^{}]*\}/g, "$1")
    .replace(/elements = \{([^}]*)\}/g, (_, members: string) => `elements = { ${sorted(members)} }`)
    .replace(/[\s;]+/g, " ")
    .trim();
}

/** nft has an order of its own. */
function sorted(members: string): string {
  const list = members.split(",").map((member) => member.trim());
  return list.sort((a, b) => (a < b ? -1 : 1)).join(", ");
}

function table(name: string, blocks: string[]): string {
  return `table inet ${name} {\n${blocks.join("\n")}}\n`;
}

function set(name: string, type: string, members: string[]): string {
  return block(`set ${name}`, [type, ...elements(members)]);
}

function subnetSet(name: string, bridges: readonly FirewallBridge[]): string {
  const subnets = bridges.map(({ gateway }) => formatPrefix(networkOf(gateway)));
  return block(`set ${name}`, ["type ipv4_addr", "flags interval", ...elements(subnets)]);
}

function elements(members: string[]): string[] {
  return members.length === 0 ? [] : [`elements = { ${members.join(", ")} }`];
}

function block(head: string, lines: string[]): string {
  return `\t${head} {\n${lines.map((line) => `\t\t${line}\n`).join("")}\t}\n`;
}

/** Interface names hold no quote or blank that the kernel would accept and nft not. */
function quote(link: string): string {
  return `"${link}"`;
}
