// Other firewalls on the host. A packet must be accepted by every table's forward chain, so a drop policy elsewhere
// (dockerd sets one, so do ufw and many administrators) would cut our containers off, whatever our own table says.
import { readFileSync } from "node:fs";
import type { Log } from "../base/log.ts";
import { applyNft, listNftChain } from "../linux/nft.ts";

const chain = { family: "ip", table: "filter", name: "FORWARD" };

/**
 * Lets what concerns `links` pass the FORWARD chain of iptables where its policy is drop: rules at its very end, after
 * everything the host's other owners decided; what may really enter a bridge is decided by our own table. With no
 * links, takes the rules back. Answers what it cannot do, for `info`.
 */
export async function passForwardPolicy(tag: string, links: readonly string[], log: Log): Promise<string[]> {
  const warnings = legacyWarnings();
  const listing = await listNftChain(chain.family, chain.table, chain.name);
  if (listing === undefined) return warnings;
  const isDropping = /policy drop/.test(listing);
  const present = ownRules(listing, tag);
  const wanted = isDropping ? links.flatMap((link) => [`iifname "${link}"`, `oifname "${link}"`]) : [];
  const stale = present.filter(({ match }) => !wanted.includes(match));
  const missing = wanted.filter((match) => !present.some((rule) => rule.match === match));
  if (stale.length + missing.length === 0) return warnings;
  const place = `${chain.family} ${chain.table} ${chain.name}`;
  if (missing.length > 0) {
    log.info("the host drops forwarded packets by policy: adding exceptions for containers", {
      chain: place,
    });
  }
  await applyNft(
    [
      ...stale.map(({ handle }) => `delete rule ${place} handle ${handle}\n`),
      ...missing.map((match) => `add rule ${place} ${match} counter accept comment "${tag}"\n`),
    ].join(""),
  );
  return warnings;
}

/** Rules of the old iptables are out of nft's sight; whether they drop our packets only the administrator can tell. */
function legacyWarnings(): string[] {
  try {
    const tables = readFileSync("/proc/net/ip_tables_names", "utf8").split("\n");
    if (!tables.includes("filter")) return [];
  } catch {
    return [];
  }
  return [
    "legacy iptables rules are in force: see that their FORWARD chain lets the containers' bridge pass",
  ];
}

interface ForeignRule {
  match: string;
  handle: string;
}

function ownRules(listing: string, tag: string): ForeignRule[] {
  return [...listing.matchAll(/^\s*([io]ifname "[^"]+") .*comment "([^"]+)".*# handle (\d+)$/gm)]
    .filter(([, , comment]) => comment === tag)
    .map(([, match = "", , handle = ""]) => ({ match, handle }));
}
