// The ports of a container as `ps` shows them: ranges where they follow each other, host mappings last.
import type { Port } from "../../spec/api/container.ts";

interface Group {
  key: string;
  first: number;
  last: number;
}

export function displayPorts(ports: readonly Port[]): string {
  if (ports.length === 0) return "";
  const done: string[] = [];
  const open = new Map<string, Group>();
  const mappings: string[] = [];
  for (const port of [...ports].sort(comparePorts)) {
    const { IP = "", PrivatePort = 0, PublicPort = 0, Type = "tcp" } = port;
    if (IP !== "" && PublicPort !== PrivatePort) {
      mappings.push(`${withHost(IP, String(PublicPort))}->${PrivatePort}/${Type}`);
      continue;
    }
    const key = IP === "" ? Type : `${IP}/${Type}`;
    const group = open.get(key);
    if (group !== undefined && PrivatePort === group.last + 1) {
      group.last = PrivatePort;
      continue;
    }
    if (group !== undefined) done.push(showGroup(group));
    open.set(key, { key, first: PrivatePort, last: PrivatePort });
  }
  return [...done, ...[...open.values()].map(showGroup), ...mappings].join(", ");
}

function showGroup({ key, first, last }: Group): string {
  const [type = "", ip = ""] = key.split("/").reverse();
  const range = first === last ? String(first) : `${first}-${last}`;
  return `${ip === "" ? range : `${withHost(ip, range)}->${range}`}/${type}`;
}

function withHost(ip: string, port: string): string {
  return ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`;
}

function comparePorts(a: Port, b: Port): number {
  return (
    (a.PrivatePort ?? 0) - (b.PrivatePort ?? 0) ||
    compareText(a.IP ?? "", b.IP ?? "") ||
    (a.PublicPort ?? 0) - (b.PublicPort ?? 0) ||
    compareText(a.Type ?? "", b.Type ?? "")
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
