// Sockets that hold a port of the host: bound (and listening) by direct system calls, so that the port is taken when
// the call returns and conflicts come as errno.
import { isIPv6 } from "node:net";
import { check, KernelError, libc } from "./libc.ts";

const family = { ipv4: 2, ipv6: 10 };
const socketType = { tcp: 1, udp: 2, sctp: 1 };
const protocolNumber = { tcp: 6, udp: 17, sctp: 132 };
const flags = 0x80000 | 0x800; // SOCK_CLOEXEC | SOCK_NONBLOCK
const reuseAddress = { level: 1, name: 2 }; // SOL_SOCKET, SO_REUSEADDR
const ipv6Only = { level: 41, name: 26 }; // IPPROTO_IPV6, IPV6_V6ONLY
const backlog = 4096;

export type PortSocketProtocol = keyof typeof protocolNumber;

/**
 * A bound socket, listening unless it is UDP; the caller owns the descriptor. IPv6 sockets are IPv6 only. Throws the
 * KernelError: EADDRINUSE, EADDRNOTAVAIL, EPROTONOSUPPORT, EAFNOSUPPORT, …
 */
export function openPortSocket(protocol: PortSocketProtocol, address: string, port: number): number {
  const isV6 = isIPv6(address);
  const domain = isV6 ? family.ipv6 : family.ipv4;
  const type = socketType[protocol] | flags;
  const fd = check(libc.socket(domain, type, protocolNumber[protocol]), "socket", protocol);
  try {
    if (isV6) enable(fd, ipv6Only);
    // A port whose last connections are in TIME_WAIT is free all the same.
    if (protocol !== "udp") enable(fd, reuseAddress);
    const name = isV6 ? ipv6SocketAddress(address, port) : ipv4SocketAddress(address, port);
    check(libc.bind(fd, name, name.length), "bind", `${address}:${port}`);
    if (protocol !== "udp") check(libc.listen(fd, backlog), "listen", `${address}:${port}`);
    return fd;
  } catch (error) {
    libc.close(fd);
    throw error;
  }
}

export function closePortSocket(fd: number): void {
  libc.close(fd);
}

/** Whether the kernel speaks IPv6 at all. */
export function hasIpv6(): boolean {
  const fd = libc.socket(family.ipv6, socketType.udp | flags, 0);
  if (fd >= 0) libc.close(fd);
  return fd >= 0;
}

function enable(fd: number, option: { level: number; name: number }): void {
  const on = Buffer.from(Int32Array.of(1).buffer);
  check(libc.setsockopt(fd, option.level, option.name, on, on.length), "setsockopt");
}

/** struct sockaddr_in. */
function ipv4SocketAddress(address: string, port: number): Buffer {
  const name = Buffer.alloc(16);
  name.writeUInt16LE(family.ipv4, 0);
  name.writeUInt16BE(port, 2);
  name.set(address.split(".").map(Number), 4);
  return name;
}

/** struct sockaddr_in6. */
function ipv6SocketAddress(address: string, port: number): Buffer {
  const name = Buffer.alloc(28);
  name.writeUInt16LE(family.ipv6, 0);
  name.writeUInt16BE(port, 2);
  name.set(ipv6Bytes(address), 8);
  return name;
}

/** The 16 bytes of an address that `isIPv6` accepts, without a zone. */
export function ipv6Bytes(address: string): Buffer {
  const dotted = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const tail = dotted === null ? [] : groupsOf(dotted.slice(1).map(Number));
  const colons = dotted === null ? address : address.slice(0, dotted.index).replace(/([^:]):$/, "$1");
  const [before = [], after] = colons
    .split("::")
    .map((part) => (part === "" ? [] : part.split(":").map((digits) => Number.parseInt(digits, 16))));
  const end = [...(after ?? []), ...tail];
  const zeros = Array<number>(Math.max(0, 8 - before.length - end.length)).fill(0);
  const bytes = Buffer.alloc(16);
  [...before, ...zeros, ...end].forEach((group, index) => bytes.writeUInt16BE(group, index * 2));
  return bytes;
}

function groupsOf([a = 0, b = 0, c = 0, d = 0]: number[]): number[] {
  return [(a << 8) | b, (c << 8) | d];
}

export function isAddressInUse(error: unknown): boolean {
  return error instanceof KernelError && error.code === "EADDRINUSE";
}
