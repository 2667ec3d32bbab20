// The netlink codec and socket (netlink(7)): messages with nested attributes out, replies in, in process. A request is
// complete when `send` returns, so nothing here ever waits.
import { check, errno, KernelError, libc } from "./libc.ts";

/** An attribute: a value, or nested attributes, which a few kinds put behind a fixed `header`. */
export type Attribute = readonly [
  type: number,
  value: Uint8Array | readonly Attribute[],
  header?: Uint8Array,
];

export interface NetlinkMessage {
  type: number;
  flags?: number;
  /** The family's fixed header (ifinfomsg, nfgenmsg, …). */
  header: Uint8Array;
  attributes?: readonly Attribute[];
  /** What the message is about, for its error. */
  subject?: string;
  /** False for the brackets of an nftables batch, which the kernel never acknowledges. */
  acknowledged?: boolean;
}

export interface NetlinkReply {
  type: number;
  /** Fixed header and attributes. */
  payload: Buffer;
}

export const NetlinkProtocol = { route: 0, netfilter: 12 } as const;

/** Flags of a request (linux/netlink.h). */
export const NetlinkFlag = {
  request: 0x1,
  acknowledge: 0x4,
  dump: 0x300,
  replace: 0x100,
  exclusive: 0x200,
  create: 0x400,
} as const;

const headerBytes = 16;
const familyNetlink = 16;
const socketType = 3 | 0x80000; // SOCK_RAW | SOCK_CLOEXEC
const optionLevel = 270; // SOL_NETLINK
const option = { capAck: 10, extAck: 11, strictCheck: 12 };
const doNotWait = 0x40; // MSG_DONTWAIT
const replyType = { error: 2, done: 3 };
const nested = 0x8000;
const typeMask = 0x3fff;

/** socket(2) for netlink; bound for ever to the network namespace the thread is in now. Negative on failure. */
export function openNetlink(protocol: number): number {
  return libc.socket(familyNetlink, socketType, protocol);
}

/** A netlink socket; speaks to the network namespace in which it was opened. */
export class NetlinkSocket implements Disposable {
  readonly #fd: number;
  readonly #receive = Buffer.alloc(64 * 1024);
  #sequence = 0;

  /** Takes over `fd` (of `openNetlink`). */
  constructor(fd: number) {
    this.#fd = check(fd, "socket", "netlink");
    const on = Buffer.from(Int32Array.of(1).buffer);
    // Errors with words, and without an echo of the request. Older kernels lack some: no harm.
    for (const name of [option.capAck, option.extAck]) libc.setsockopt(this.#fd, optionLevel, name, on, 4);
  }

  /**
   * Sends the messages in one call and answers the replies. Throws the KernelError of the first refused message; the
   * kernel has then still seen the others (except in an nftables batch, which is all or nothing).
   */
  request(...messages: readonly NetlinkMessage[]): NetlinkReply[] {
    const awaited = new Map<number, NetlinkMessage>();
    const encoded = messages.map((message) => {
      this.#sequence = (this.#sequence + 1) >>> 0;
      if (message.acknowledged !== false) awaited.set(this.#sequence, message);
      return encodeMessage(message, this.#sequence);
    });
    const packet = Buffer.concat(encoded);
    check(libc.send(this.#fd, packet, packet.length, 0), "send", "netlink");
    return this.#collect(awaited);
  }

  [Symbol.dispose](): void {
    libc.close(this.#fd);
  }

  #collect(awaited: Map<number, NetlinkMessage>): NetlinkReply[] {
    const replies: NetlinkReply[] = [];
    let failure: KernelError | undefined;
    while (awaited.size > 0) {
      const length = Number(libc.recv(this.#fd, this.#receive, this.#receive.length, doNotWait));
      // What refused a whole batch answered once, for its first message.
      if (length < 0 && failure !== undefined) break;
      check(length, "recv", `netlink (${errno()})`);
      for (const reply of decodeMessages(this.#receive.subarray(0, length))) {
        const message = awaited.get(reply.sequence);
        if (reply.type === replyType.error || reply.type === replyType.done) {
          awaited.delete(reply.sequence);
          failure ??= failureOf(reply, message);
        } else if (message !== undefined) {
          replies.push({ type: reply.type, payload: Buffer.from(reply.payload) });
        }
      }
    }
    if (failure !== undefined) throw failure;
    return replies;
  }
}

/** The kernel's refusal in an error or done message, if it is one; with its own words where it has any. */
function failureOf(reply: DecodedReply, message: NetlinkMessage | undefined): KernelError | undefined {
  const code = reply.payload.length < 4 ? 0 : -reply.payload.readInt32LE(0);
  if (code === 0) return undefined;
  // nlmsgerr: the code, the request's header (capped), then attributes; NLMSGERR_ATTR_MSG is 1.
  const isError = reply.type === replyType.error;
  const words = isError ? decodeAttributes(reply.payload, 4 + headerBytes).get(1) : undefined;
  const subject = [message?.subject, words && textOf(words)].filter((part) => part !== undefined).join(": ");
  return new KernelError("netlink", code, subject === "" ? undefined : subject);
}

function encodeMessage(message: NetlinkMessage, sequence: number): Buffer {
  const body = Buffer.concat([message.header, ...(message.attributes ?? []).map(encodeAttribute)]);
  const head = Buffer.alloc(headerBytes);
  const flags = message.flags ?? 0;
  const isDump = (flags & NetlinkFlag.dump) === NetlinkFlag.dump;
  const acknowledge = message.acknowledged === false || isDump ? 0 : NetlinkFlag.acknowledge;
  head.writeUInt32LE(headerBytes + body.length, 0);
  head.writeUInt16LE(message.type, 4);
  head.writeUInt16LE(flags | NetlinkFlag.request | acknowledge, 6);
  head.writeUInt32LE(sequence, 8);
  return Buffer.concat([head, body, Buffer.alloc(padding(body.length))]);
}

function encodeAttribute([type, value, header]: Attribute): Buffer {
  const isNested = !(value instanceof Uint8Array);
  const content = isNested
    ? Buffer.concat([header ?? Buffer.alloc(0), ...value.map(encodeAttribute)])
    : value;
  const head = Buffer.alloc(4);
  head.writeUInt16LE(4 + content.length, 0);
  head.writeUInt16LE(isNested ? type | nested : type, 2);
  return Buffer.concat([head, content, Buffer.alloc(padding(content.length))]);
}

interface DecodedReply extends NetlinkReply {
  sequence: number;
}

function decodeMessages(packet: Buffer): DecodedReply[] {
  const messages: DecodedReply[] = [];
  for (let at = 0; at + headerBytes <= packet.length; ) {
    const length = packet.readUInt32LE(at);
    if (length < headerBytes) break;
    messages.push({
      type: packet.readUInt16LE(at + 4),
      sequence: packet.readUInt32LE(at + 8),
      payload: packet.subarray(at + headerBytes, at + length),
    });
    at += length + padding(length);
  }
  return messages;
}

/** The attributes of `payload` from `offset` on, by type; of a repeated type the last. */
export function decodeAttributes(payload: Buffer, offset = 0): Map<number, Buffer> {
  return new Map(listAttributes(payload, offset));
}

/** The attributes in their order, for lists, where every element has the same type. */
export function listAttributes(payload: Buffer, offset = 0): [type: number, value: Buffer][] {
  const attributes: [number, Buffer][] = [];
  for (let at = offset; at + 4 <= payload.length; ) {
    const length = payload.readUInt16LE(at);
    if (length < 4) break;
    attributes.push([payload.readUInt16LE(at + 2) & typeMask, payload.subarray(at + 4, at + length)]);
    at += length + padding(length);
  }
  return attributes;
}

function padding(length: number): number {
  return (4 - (length % 4)) % 4;
}

/** Values of attributes: host byte order, text NUL-terminated. */
export function u8(value: number): Buffer {
  return Buffer.of(value);
}

export function u16(value: number): Buffer {
  const buffer = Buffer.alloc(2);
  buffer.writeUInt16LE(value);
  return buffer;
}

export function u32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value >>> 0);
  return buffer;
}

/** Network byte order, as nftables wants its numbers. */
export function u32be(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(value >>> 0);
  return buffer;
}

export function text(value: string): Buffer {
  return Buffer.from(`${value}\0`);
}

export function textOf(value: Uint8Array): string {
  return Buffer.from(value).toString().replace(/\0+$/, "");
}
