// Connection tracking over nfnetlink (linux/netfilter/nfnetlink_conntrack.h).
import { type Attribute, type NetlinkMessage, type NetlinkSocket, u8, u32 } from "./netlink.ts";

const subsystem = 1; // NFNL_SUBSYS_CTNETLINK
const deleteOperation = 2;
const familyIpv4 = 2;
const attribute = { originalTuple: 1, replyTuple: 2, filter: 25 };
const tuple = { ip: 1, protocol: 2 };
const ipSource = 1;
const protocolNumber = 1;
const filterFlags = { original: 1, reply: 2 };
const field = { ipSource: 1 << 0, protocolNumber: 1 << 3 };

/**
 * Forgets the flows of `protocol` whose answers come from `address`: those that DNAT leads there. Without it a client
 * that goes on sending from one port would be led to a dead container for ever. The kernel filters (Linux 5.8 on).
 */
export function forgetFlowsTo(socket: NetlinkSocket, address: Buffer, protocol: number): void {
  socket.request(message(address, protocol));
}

function message(address: Buffer, protocol: number): NetlinkMessage {
  const answerer: Attribute[] = [
    [tuple.ip, [[ipSource, address]]],
    [tuple.protocol, [[protocolNumber, u8(protocol)]]],
  ];
  return {
    type: (subsystem << 8) | deleteOperation,
    header: Buffer.of(familyIpv4, 0, 0, 0),
    attributes: [
      [attribute.replyTuple, answerer],
      [
        attribute.filter,
        [
          [filterFlags.original, u32(0)],
          [filterFlags.reply, u32(field.ipSource | field.protocolNumber)],
        ],
      ],
    ],
    subject: "flows",
  };
}
