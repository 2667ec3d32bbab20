// Which subnet a network gets, and which address a container: both as Docker chooses them.
import { EngineError } from "../base/errors.ts";
import { type Ipv4Prefix, overlaps, parsePrefix, rangeOf } from "./ipv4.ts";

/** Docker's local pools (libnetwork ipamutils): a base, cut into networks of `size`. */
const defaultPools = [
  ["172.17.0.0/16", 16],
  ["172.18.0.0/16", 16],
  ["172.19.0.0/16", 16],
  ["172.20.0.0/14", 16],
  ["172.24.0.0/14", 16],
  ["172.28.0.0/14", 16],
  ["192.168.0.0/16", 20],
] as const;

/** The first default network that overlaps none of `taken` (routes, interfaces, name servers of the host). */
export function chooseSubnet(taken: readonly Ipv4Prefix[]): Ipv4Prefix {
  for (const candidate of candidates()) {
    if (!taken.some((other) => overlaps(candidate, other))) return candidate;
  }
  const message = "all predefined address pools have been fully subnetted";
  throw new EngineError("forbidden", message);
}

function* candidates(): Generator<Ipv4Prefix> {
  for (const [base, size] of defaultPools) {
    const pool = parsePrefix(base);
    if (pool === undefined) continue;
    const { first, last } = rangeOf(pool);
    for (let address = first; address <= last; address += 2 ** (32 - size)) {
      yield { address, prefixLength: size };
    }
  }
}

/**
 * The lowest free address of `subnet`, within `range` if there is one, as Docker gives them. `used` is sorted and
 * includes the gateway; network and broadcast address are never given.
 */
export function lowestFree(
  subnet: Ipv4Prefix,
  used: readonly number[],
  range: Ipv4Prefix = subnet,
): number | undefined {
  const [whole, part] = [rangeOf(subnet), rangeOf(range)];
  const last = Math.min(whole.last - 1, part.last);
  let candidate = Math.max(whole.first + 1, part.first);
  for (const address of used) {
    if (address < candidate) continue;
    if (address > candidate) break;
    candidate += 1;
  }
  return candidate <= last ? candidate : undefined;
}
