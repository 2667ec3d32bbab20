// Links over rtnetlink (rtnetlink(7), linux/if_link.h): bridges, veth pairs, up, down, gone.
import { KernelError } from "./libc.ts";
import {
  type Attribute,
  decodeAttributes,
  NetlinkFlag,
  type NetlinkMessage,
  type NetlinkSocket,
  text,
  textOf,
  u8,
  u32,
} from "./netlink.ts";

export interface Link {
  index: number;
  name: string;
  kind: string | undefined;
  /** Index of the bridge it is a port of. */
  master: number | undefined;
  isUp: boolean;
  mac: string;
}

export interface VethOptions {
  /** The host's end; a port of the link with index `master`. */
  name: string;
  master: number;
  mtu: number;
  peer: { name: string; mac: string; namespaceFd: number };
}

const messageType = { newLink: 16, deleteLink: 17, getLink: 18 };
const linkAttribute = { address: 1, name: 3, mtu: 4, master: 10, linkInfo: 18, namespaceFd: 28 };
const infoAttribute = { kind: 1, data: 2, portKind: 4, portData: 5 };
const portAttribute = { hairpin: 4, isolated: 33 }; // IFLA_BRPORT_MODE, IFLA_BRPORT_ISOLATED
const vethPeer = 1;
const flagUp = 1;
const headerBytes = 16;
const deviceGoneErrno = 19; // ENODEV

/** struct ifinfomsg. */
function linkHeader(index: number, flags: number, changed: number): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeInt32LE(index, 4);
  header.writeUInt32LE(flags, 8);
  header.writeUInt32LE(changed, 12);
  return header;
}

/** A new bridge, up. */
export function addBridge(name: string, mac: string, mtu: number): NetlinkMessage {
  return {
    type: messageType.newLink,
    flags: NetlinkFlag.create | NetlinkFlag.exclusive,
    header: linkHeader(0, flagUp, flagUp),
    attributes: [
      [linkAttribute.name, text(name)],
      [linkAttribute.address, macBytes(mac)],
      [linkAttribute.mtu, u32(mtu)],
      [linkAttribute.linkInfo, [[infoAttribute.kind, text("bridge")]]],
    ],
    subject: name,
  };
}

/**
 * A new pair in one step: the host's end already a port of its bridge, the peer already named and inside its
 * namespace (still down: the kernel refuses to raise it before the pair is whole). So a crash never leaves an end
 * that nobody can attribute.
 */
export function addVethPair(options: VethOptions): NetlinkMessage {
  const { peer } = options;
  const peerAttributes: Attribute[] = [
    [linkAttribute.name, text(peer.name)],
    [linkAttribute.address, macBytes(peer.mac)],
    [linkAttribute.mtu, u32(options.mtu)],
    [linkAttribute.namespaceFd, u32(peer.namespaceFd)],
  ];
  const pair: Attribute = [vethPeer, peerAttributes, linkHeader(0, 0, 0)];
  return {
    type: messageType.newLink,
    flags: NetlinkFlag.create | NetlinkFlag.exclusive,
    header: linkHeader(0, flagUp, flagUp),
    attributes: [
      [linkAttribute.name, text(options.name)],
      [linkAttribute.mtu, u32(options.mtu)],
      [linkAttribute.master, u32(options.master)],
      [
        linkAttribute.linkInfo,
        [
          [infoAttribute.kind, text("veth")],
          [infoAttribute.data, [pair]],
        ],
      ],
    ],
    subject: options.name,
  };
}

/**
 * How a bridge treats one of its ports. Always with hairpin: it may send a frame back out of the port it came in by, as
 * a container may reach itself through a port it publishes, and where br_netfilter is on, the bridge itself (not the
 * host's routing) carries that out. Isolated ports do not reach each other.
 */
export function setBridgePort(name: string, isIsolated: boolean): NetlinkMessage {
  const settings: Attribute[] = [[portAttribute.hairpin, u8(1)]];
  if (isIsolated) settings.push([portAttribute.isolated, u8(1)]);
  return {
    type: messageType.newLink,
    header: linkHeader(0, 0, 0),
    attributes: [
      [linkAttribute.name, text(name)],
      [
        linkAttribute.linkInfo,
        [
          [infoAttribute.portKind, text("bridge")],
          [infoAttribute.portData, settings],
        ],
      ],
    ],
    subject: name,
  };
}

export function setLinkUp(index: number): NetlinkMessage {
  return { type: messageType.newLink, header: linkHeader(index, flagUp, flagUp), subject: `link ${index}` };
}

export function setLinkDown(index: number): NetlinkMessage {
  return { type: messageType.newLink, header: linkHeader(index, 0, flagUp), subject: `link ${index}` };
}

/** Makes a link a port of the bridge with index `master`. */
export function setLinkMaster(index: number, master: number): NetlinkMessage {
  return {
    type: messageType.newLink,
    header: linkHeader(index, 0, 0),
    attributes: [[linkAttribute.master, u32(master)]],
    subject: `link ${index}`,
  };
}

export function deleteLink(name: string): NetlinkMessage {
  return {
    type: messageType.deleteLink,
    header: linkHeader(0, 0, 0),
    attributes: [[linkAttribute.name, text(name)]],
    subject: name,
  };
}

/** The link of that name in the socket's namespace. */
export function findLink(socket: NetlinkSocket, name: string): Link | undefined {
  try {
    const [reply] = socket.request({
      type: messageType.getLink,
      header: linkHeader(0, 0, 0),
      attributes: [[linkAttribute.name, text(name)]],
      subject: name,
    });
    return reply && decodeLink(reply.payload);
  } catch (error) {
    if (error instanceof KernelError && error.errno === deviceGoneErrno) return undefined;
    throw error;
  }
}

export function listLinks(socket: NetlinkSocket): Link[] {
  return socket
    .request({ type: messageType.getLink, flags: NetlinkFlag.dump, header: linkHeader(0, 0, 0) })
    .map((reply) => decodeLink(reply.payload));
}

function decodeLink(payload: Buffer): Link {
  const attributes = decodeAttributes(payload, headerBytes);
  const info = attributes.get(linkAttribute.linkInfo);
  const kind = info && decodeAttributes(info).get(infoAttribute.kind);
  return {
    index: payload.readInt32LE(4),
    name: textOf(attributes.get(linkAttribute.name) ?? Buffer.alloc(0)),
    kind: kind && textOf(kind),
    master: attributes.get(linkAttribute.master)?.readUInt32LE(0),
    isUp: (payload.readUInt32LE(8) & flagUp) !== 0,
    mac: macText(attributes.get(linkAttribute.address) ?? Buffer.alloc(0)),
  };
}

export function macBytes(mac: string): Buffer {
  return Buffer.from(mac.split(":").map((digits) => Number.parseInt(digits, 16)));
}

export function macText(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(":");
}
