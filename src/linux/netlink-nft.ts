// Elements of nftables maps over nfnetlink (linux/netfilter/nf_tables.h): what changes with every published port goes
// in process, in well under a millisecond. Tables and rules, which hardly ever change, are nft(8)'s business.
import { KernelError } from "./libc.ts";
import {
  type Attribute,
  decodeAttributes,
  listAttributes,
  NetlinkFlag,
  type NetlinkMessage,
  type NetlinkSocket,
  text,
} from "./netlink.ts";

/** A map of a table of the `inet` family. */
export interface NftMap {
  table: string;
  map: string;
}

/** Key and value as the kernel keeps them: each part of a concatenation padded to four bytes. */
export interface NftElement {
  key: Buffer;
  value: Buffer;
}

const subsystem = 10; // NFNL_SUBSYS_NFTABLES
const familyInet = 1;
const batch = { begin: 16, end: 17 };
const operation = { add: 12, get: 13, delete: 14 };
const listAttribute = { table: 1, set: 2, elements: 3 };
const elementAttribute = { key: 1, data: 2 };
const listElement = 1;
const dataValue = 1;
const headerBytes = 4;
const absentErrno = 2; // ENOENT

/** Adds elements, all or none. One that is there already with the same value is fine; with another, EEXIST or EBUSY. */
export function addNftElements(socket: NetlinkSocket, map: NftMap, elements: readonly NftElement[]): void {
  if (elements.length === 0) return;
  const list = elements.map(({ key, value }) => element(key, value));
  socket.request(...inBatch(message(operation.add, map, list, NetlinkFlag.create)));
}

/** Deletes elements; those that are not there are fine, and so is a missing map or table. */
export function deleteNftElements(socket: NetlinkSocket, map: NftMap, keys: readonly Buffer[]): void {
  for (const key of keys) {
    try {
      socket.request(...inBatch(message(operation.delete, map, [element(key)])));
    } catch (error) {
      if (!(error instanceof KernelError && error.errno === absentErrno)) throw error;
    }
  }
}

/** Every element of the map. Throws ENOENT where there is no such map. */
export function listNftElements(socket: NetlinkSocket, map: NftMap): NftElement[] {
  return socket.request(message(operation.get, map, [], NetlinkFlag.dump)).flatMap(({ payload }) => {
    const list = decodeAttributes(payload, headerBytes).get(listAttribute.elements);
    return list === undefined ? [] : listAttributes(list).flatMap(([, body]) => decodeElement(body));
  });
}

function decodeElement(body: Buffer): NftElement[] {
  const attributes = decodeAttributes(body);
  const [key, value] = [elementAttribute.key, elementAttribute.data].map((type) => {
    const nested = attributes.get(type);
    return nested && decodeAttributes(nested).get(dataValue);
  });
  return key === undefined || value === undefined
    ? []
    : [{ key: Buffer.from(key), value: Buffer.from(value) }];
}

function element(key: Buffer, value?: Buffer): Attribute {
  const attributes: Attribute[] = [[elementAttribute.key, [[dataValue, key]]]];
  if (value !== undefined) attributes.push([elementAttribute.data, [[dataValue, value]]]);
  return [listElement, attributes];
}

function message(kind: number, { table, map }: NftMap, elements: Attribute[], flags = 0): NetlinkMessage {
  const attributes: Attribute[] = [
    [listAttribute.table, text(table)],
    [listAttribute.set, text(map)],
  ];
  if (elements.length > 0) attributes.push([listAttribute.elements, elements]);
  return {
    type: (subsystem << 8) | kind,
    flags,
    header: netfilterHeader(familyInet, 0),
    attributes,
    subject: `${table} ${map}`,
  };
}

function inBatch(body: NetlinkMessage): NetlinkMessage[] {
  const header = netfilterHeader(0, subsystem);
  return [
    { type: batch.begin, header, acknowledged: false },
    body,
    { type: batch.end, header, acknowledged: false },
  ];
}

/** struct nfgenmsg: family, version, resource in network order. */
function netfilterHeader(family: number, resource: number): Buffer {
  return Buffer.of(family, 0, resource >> 8, resource & 0xff);
}
