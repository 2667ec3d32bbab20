// IPv4 addresses and routes over rtnetlink (rtnetlink(7)).
import {
  type Attribute,
  decodeAttributes,
  NetlinkFlag,
  type NetlinkMessage,
  type NetlinkSocket,
  u32,
} from "./netlink.ts";

/** An IPv4 address in host order; `prefixLength` says how much of it is the network. */
export interface Ipv4Prefix {
  address: number;
  prefixLength: number;
}

export interface LinkAddress extends Ipv4Prefix {
  linkIndex: number;
}

const messageType = { newAddress: 20, getAddress: 22, newRoute: 24, getRoute: 26 };
const addressAttribute = { address: 1, local: 2, broadcast: 4 };
const routeAttribute = { destination: 1, link: 4, gateway: 5, table: 15 };
const familyIpv4 = 2;
const addressHeaderBytes = 8;
const routeHeaderBytes = 12;
const mainTable = 254;
const routeProtocolBoot = 3;
const routeUnicast = 1;

/** struct ifaddrmsg. */
function addressHeader(prefixLength: number, linkIndex: number): Buffer {
  const header = Buffer.alloc(addressHeaderBytes);
  header[0] = familyIpv4;
  header[1] = prefixLength;
  header.writeUInt32LE(linkIndex, 4);
  return header;
}

/** struct rtmsg. */
function routeHeader(): Buffer {
  return Buffer.of(familyIpv4, 0, 0, 0, mainTable, routeProtocolBoot, 0, routeUnicast, 0, 0, 0, 0);
}

/** Gives a link an address, with the network's broadcast address as Docker does. */
export function addAddress(linkIndex: number, prefix: Ipv4Prefix): NetlinkMessage {
  const hostMask = prefix.prefixLength === 0 ? 0xffffffff : (1 << (32 - prefix.prefixLength)) - 1;
  const attributes: Attribute[] = [
    [addressAttribute.local, ipv4Bytes(prefix.address)],
    [addressAttribute.address, ipv4Bytes(prefix.address)],
    [addressAttribute.broadcast, ipv4Bytes(prefix.address | hostMask)],
  ];
  return {
    type: messageType.newAddress,
    flags: NetlinkFlag.create | NetlinkFlag.exclusive,
    header: addressHeader(prefix.prefixLength, linkIndex),
    attributes,
    subject: "address",
  };
}

/** The default route through `gateway`. */
export function addDefaultRoute(linkIndex: number, gateway: number): NetlinkMessage {
  return {
    type: messageType.newRoute,
    flags: NetlinkFlag.create | NetlinkFlag.exclusive,
    header: routeHeader(),
    attributes: [
      [routeAttribute.gateway, ipv4Bytes(gateway)],
      [routeAttribute.link, u32(linkIndex)],
    ],
    subject: "default route",
  };
}

/** Every IPv4 address of the socket's namespace. */
export function listAddresses(socket: NetlinkSocket): LinkAddress[] {
  return socket
    .request({ type: messageType.getAddress, flags: NetlinkFlag.dump, header: addressHeader(0, 0) })
    .flatMap(({ payload }) => {
      const attributes = decodeAttributes(payload, addressHeaderBytes);
      const local = attributes.get(addressAttribute.local) ?? attributes.get(addressAttribute.address);
      if (local === undefined) return [];
      const linkIndex = payload.readUInt32LE(4);
      return [{ address: local.readUInt32BE(0), prefixLength: payload[1] ?? 0, linkIndex }];
    });
}

/** The destinations routed in the main table, without the default route. */
export function listRoutes(socket: NetlinkSocket): Ipv4Prefix[] {
  const header = Buffer.alloc(routeHeaderBytes);
  header[0] = familyIpv4;
  return socket
    .request({ type: messageType.getRoute, flags: NetlinkFlag.dump, header })
    .flatMap(({ payload }) => {
      const attributes = decodeAttributes(payload, routeHeaderBytes);
      const destination = attributes.get(routeAttribute.destination);
      const table = attributes.get(routeAttribute.table)?.readUInt32LE(0) ?? payload[4];
      if (destination === undefined || table !== mainTable) return [];
      return [{ address: destination.readUInt32BE(0), prefixLength: payload[1] ?? 0 }];
    });
}

function ipv4Bytes(address: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(address >>> 0);
  return bytes;
}
