// IPv4 addresses as numbers in host order, and networks as an address with a prefix length.
import type { Ipv4Prefix } from "../linux/netlink-address.ts";

export type { Ipv4Prefix };

/** Undefined for what is not four decimal numbers up to 255 without leading zeros. */
export function parseIpv4(text: string): number | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let address = 0;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    address = address * 256 + Number(part);
  }
  return address;
}

export function formatIpv4(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join(".");
}

/** `172.17.0.1/16`, keeping the host part. */
export function parsePrefix(text: string): Ipv4Prefix | undefined {
  const [before = "", length = "", ...more] = text.split("/");
  const address = parseIpv4(before);
  if (address === undefined || more.length > 0 || !/^\d{1,2}$/.test(length) || Number(length) > 32) {
    return undefined;
  }
  return { address, prefixLength: Number(length) };
}

export function formatPrefix(prefix: Ipv4Prefix): string {
  return `${formatIpv4(prefix.address)}/${prefix.prefixLength}`;
}

/** First and last address of the network that `prefix` lies in. */
export function rangeOf({ address, prefixLength }: Ipv4Prefix): { first: number; last: number } {
  const size = 2 ** (32 - prefixLength);
  const first = Math.floor((address >>> 0) / size) * size;
  return { first, last: first + size - 1 };
}

export function networkOf(prefix: Ipv4Prefix): Ipv4Prefix {
  return { address: rangeOf(prefix).first, prefixLength: prefix.prefixLength };
}

export function overlaps(a: Ipv4Prefix, b: Ipv4Prefix): boolean {
  const [one, other] = [rangeOf(a), rangeOf(b)];
  return one.first <= other.last && other.first <= one.last;
}

/** Docker's classic address of a container's interface: the same for the same IP, so that no neighbour's ARP entry ages. */
export function macOf(address: number): string {
  const bytes = [0x02, 0x42, ...[24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff)];
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(":");
}
