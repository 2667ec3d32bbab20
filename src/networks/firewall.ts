import type { Log } from "../base/log.ts";
import { messageOf } from "../base/errors.ts";
import { KernelError } from "../linux/libc.ts";
import { type NetlinkSocket, u16 } from "../linux/netlink.ts";
import { forgetFlowsTo } from "../linux/netlink-conntrack.ts";
import { addNftElements, deleteNftElements, listNftElements, type NftElement } from "../linux/netlink-nft.ts";
import { applyNft, listNftTable } from "../linux/nft.ts";
import { canonicalRules, type FirewallPlan, firewallScript, portMaps } from "./firewall-rules.ts";
import { parseIpv4 } from "./ipv4.ts";
import type { PublishedPort } from "./published-port.ts";

/** A published port with the container it leads to. */
export interface PortRoute {
  port: PublishedPort;
  /** The container's IPv4 address. */
  target: number;
}

const protocolNumbers = { tcp: 6, udp: 17, sctp: 132 };
const anyAddress = "0.0.0.0";

/** The engine's nftables table: rules as the plan has them, and one map element for each published port. */
export class Firewall {
  readonly #socket: NetlinkSocket;
  readonly #table: string;
  readonly #log: Log;

  constructor(socket: NetlinkSocket, table: string, log: Log) {
    this.#socket = socket;
    this.#table = table;
    this.#log = log;
  }

  /**
   * Makes the table as the plan has it. One that is right already is left alone; any other is replaced in one
   * transaction, without a moment in between; connections that go on are not touched. Then the elements are made to be
   * those of `routes`, which is asked anew after each wait: a container may have ended meanwhile.
   */
  async ensure(plan: FirewallPlan, routes: () => readonly PortRoute[]): Promise<void> {
    const current = await listNftTable("inet", this.#table);
    const script = firewallScript(plan);
    if (current === undefined) await applyNft(script);
    else if (canonicalRules(current) !== canonicalRules(script)) {
      this.#log.info("the nftables table is not as it should be: replacing it", { table: this.#table });
      await applyNft(`delete table inet ${this.#table}\n${script}${elementScript(this.#table, routes())}`);
    }
    this.#alignElements(routes());
  }

  /** Publishes ports; their connections go to the container from here on. IPv6 addresses are the proxies' business. */
  publish(routes: readonly PortRoute[]): void {
    for (const [map, elements] of this.#byMap(routes)) {
      addNftElements(this.#socket, { table: this.#table, map }, elements);
    }
  }

  /** Takes them back; what is not there is fine. UDP, which has no end of connection, is cut off from the container. */
  unpublish(routes: readonly PortRoute[]): void {
    for (const [map, elements] of this.#byMap(routes)) {
      deleteNftElements(
        this.#socket,
        { table: this.#table, map },
        elements.map(({ key }) => key),
      );
    }
    const datagrams = routes.filter(({ port }) => port.protocol === "udp");
    for (const target of new Set(datagrams.map((route) => route.target))) this.#forgetFlows(target);
  }

  /** Removes the table with all that is in it. */
  async remove(): Promise<void> {
    if ((await listNftTable("inet", this.#table)) !== undefined) {
      await applyNft(`delete table inet ${this.#table}\n`);
    }
  }

  #forgetFlows(target: number): void {
    try {
      forgetFlowsTo(this.#socket, ipv4Bytes(target), protocolNumbers.udp);
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      this.#log.debug("old UDP flows stay", { reason: messageOf(error) }); // a kernel that cannot filter
    }
  }

  #alignElements(routes: readonly PortRoute[]): void {
    for (const [map, wanted] of this.#byMap(routes)) {
      const place = { table: this.#table, map };
      const current = listNftElements(this.#socket, place);
      const stale = current.filter((element) => !includes(wanted, element));
      deleteNftElements(
        this.#socket,
        place,
        stale.map(({ key }) => key),
      );
      addNftElements(
        this.#socket,
        place,
        wanted.filter((element) => !includes(current, element)),
      );
    }
  }

  #byMap(routes: readonly PortRoute[]): Map<string, NftElement[]> {
    const maps = new Map<string, NftElement[]>([
      [portMaps.anywhere, []],
      [portMaps.addressed, []],
    ]);
    for (const route of routes) {
      const map = route.port.hostAddress === anyAddress ? portMaps.anywhere : portMaps.addressed;
      const element = elementOf(route);
      if (element !== undefined) maps.get(map)?.push(element);
    }
    return maps;
  }
}

/** Whether the error says that the table (or a map in it) is gone: somebody flushed the rules. */
export function isTableGone(error: unknown): boolean {
  return error instanceof KernelError && error.code === "ENOENT";
}

function includes(elements: readonly NftElement[], { key, value }: NftElement): boolean {
  return elements.some((other) => other.key.equals(key) && other.value.equals(value));
}

function elementOf({ port, target }: PortRoute): NftElement | undefined {
  const address = parseIpv4(port.hostAddress);
  if (address === undefined) return undefined;
  const parts = [padded(Buffer.of(protocolNumbers[port.protocol]))];
  if (port.hostAddress !== anyAddress) parts.push(ipv4Bytes(address));
  parts.push(portBytes(port.hostPort));
  return {
    key: Buffer.concat(parts),
    value: Buffer.concat([ipv4Bytes(target), portBytes(port.containerPort)]),
  };
}

/** The same elements in nft's words, for the transaction that replaces the table. */
function elementScript(table: string, routes: readonly PortRoute[]): string {
  return routes
    .flatMap(({ port, target }) => {
      if (parseIpv4(port.hostAddress) === undefined) return [];
      const isAny = port.hostAddress === anyAddress;
      const map = isAny ? portMaps.anywhere : portMaps.addressed;
      const key = [port.protocol, ...(isAny ? [] : [port.hostAddress]), port.hostPort].join(" . ");
      const value = `${[...ipv4Bytes(target)].join(".")} . ${port.containerPort}`;
      return [`add element inet ${table} ${map} { ${key} : ${value} }\n`];
    })
    .join("");
}

/** Each part of a concatenation fills whole registers of four bytes. */
function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(4 - bytes.length)]);
}

function portBytes(port: number): Buffer {
  return padded(u16(port).swap16());
}

function ipv4Bytes(address: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(address >>> 0);
  return bytes;
}
