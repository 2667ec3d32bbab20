// Who has a port of this host, by /proc: for the message that a port is taken.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { isIPv6 } from "node:net";
import { ipv6Bytes } from "../linux/port-socket.ts";
import { parseIpv4 } from "./ipv4.ts";
import type { PublishedPort } from "./published-port.ts";

const listening = "0A";

/** `nginx (pid 1234)`, or undefined when it cannot be told (a process of another pid namespace, one just gone). */
export function findPortOwner(port: PublishedPort): string | undefined {
  const inodes = new Set(["", "6"].flatMap((family) => socketInodes(port, family)));
  inodes.delete("0");
  return inodes.size === 0 ? undefined : findProcess(inodes);
}

/** Sockets that stand in the way of `port`: same number, and an address that overlaps. */
function socketInodes(port: PublishedPort, family: string): string[] {
  const lines = readOrEmpty(`/proc/net/${port.protocol}${family}`).split("\n").slice(1);
  return lines.flatMap((line) => {
    // proc_pid_net(5): sl local remote st tx:rx tr:tm retrnsmt uid timeout inode
    const [, local = "", , state, , , , , , inode] = line.trim().split(/\s+/);
    const [address = "", number = ""] = local.split(":");
    if (Number.parseInt(number, 16) !== port.hostPort || inode === undefined) return [];
    if (port.protocol === "tcp" && state !== listening) return [];
    return isInTheWay(address, port.hostAddress) ? [inode] : [];
  });
}

/** An IPv6 wildcard socket may serve IPv4 as well. */
function isInTheWay(address: string, wanted: string): boolean {
  if (/^0+$/.test(address)) return true;
  return wanted === "0.0.0.0" || wanted === "::" || address === procAddress(wanted);
}

/** As /proc/net writes it: words of four bytes, each in host byte order. */
function procAddress(text: string): string {
  const bytes = Buffer.alloc(isIPv6(text) ? 16 : 4);
  if (isIPv6(text)) bytes.set(ipv6Bytes(text));
  else bytes.writeUInt32BE((parseIpv4(text) ?? 0) >>> 0);
  return bytes.swap32().toString("hex").toUpperCase();
}

function findProcess(inodes: ReadonlySet<string>): string | undefined {
  const sockets = new Set([...inodes].map((inode) => `socket:[${inode}]`));
  for (const pid of readdirSync("/proc")) {
    if (!/^\d+$/.test(pid) || !hasDescriptor(pid, sockets)) continue;
    return `${readOrEmpty(`/proc/${pid}/comm`).trim()} (pid ${pid})`;
  }
  return undefined;
}

function hasDescriptor(pid: string, targets: ReadonlySet<string>): boolean {
  try {
    const directory = `/proc/${pid}/fd`;
    return readdirSync(directory).some((fd) => targets.has(readlinkSync(`${directory}/${fd}`)));
  } catch {
    return false; // it ended meanwhile
  }
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
