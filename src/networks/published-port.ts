import { isIPv6 } from "node:net";
import type { PortBinding, PortMap } from "../spec/api/container.ts";

export type PortProtocol = "tcp" | "udp" | "sctp";

/** One host address and port that leads to one port of a container. */
export interface PublishedPort {
  protocol: PortProtocol;
  /** `0.0.0.0` and `::` stand for every address of the family. */
  hostAddress: string;
  hostPort: number;
  containerPort: number;
}

/** The `Ports` of inspect: published ports with their bindings, merely exposed ones as null. */
export function describePorts(ports: readonly PublishedPort[], exposed: readonly string[]): PortMap {
  const map: Record<string, PortBinding[] | null> = {};
  for (const port of exposed) map[port] = null;
  for (const port of ports) {
    const key = `${port.containerPort}/${port.protocol}`;
    (map[key] ??= []).push({ HostIp: port.hostAddress, HostPort: String(port.hostPort) });
  }
  return map;
}

/** `0.0.0.0:80` or `[::]:80`. */
export function hostEndpoint({ hostAddress, hostPort }: PublishedPort): string {
  return isIPv6(hostAddress) ? `[${hostAddress}]:${hostPort}` : `${hostAddress}:${hostPort}`;
}

/** Whether the two stand in each other's way on the host. */
export function portsMeet(a: PublishedPort, b: PublishedPort): boolean {
  if (a.protocol !== b.protocol || a.hostPort !== b.hostPort) return false;
  if (isIPv6(a.hostAddress) !== isIPv6(b.hostAddress)) return false;
  const addresses = [a.hostAddress, b.hostAddress];
  return a.hostAddress === b.hostAddress || addresses.includes("0.0.0.0") || addresses.includes("::");
}
