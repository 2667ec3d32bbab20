import { closeSync, constants, openSync } from "node:fs";
import { connect, type NetConnectOpts, type Socket } from "node:net";
import { basename, dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { check, errno, KernelError, libc } from "./libc.ts";

const unixFamily = 1;
const seqpacketType = 5;
const closeOnExec = 0o2000000;
const nonBlocking = 0o4000;
const wouldBlock = 11;
/** sun_path of unix(7), its NUL included. */
const maxPathBytes = 108;
const maxAttempts = 100;

const shutRead = 0;

export interface SeqpacketConnection {
  /** Each `data` event is one message. */
  socket: Socket;
  /** Tells the other side that nothing is read any more: its writes fail, the connection stays. */
  stopReading(): void;
}

/** Connects to a SOCK_SEQPACKET socket, which Node and Bun cannot do themselves. A path of any length will do. */
export async function connectSeqpacket(path: string): Promise<SeqpacketConnection> {
  const directory = openSync(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const fd = await connectAt(`/proc/self/fd/${directory}/${basename(path)}`, path);
    // Half-open, so that output goes on after our side has ended its input. `fd` is missing from Node's types.
    const socket = connect({ fd, allowHalfOpen: true } as unknown as NetConnectOpts);
    return { socket, stopReading: () => void (socket.destroyed || libc.shutdown(fd, shutRead)) };
  } finally {
    closeSync(directory);
  }
}

async function connectAt(shortPath: string, path: string): Promise<number> {
  const address = unixAddress(shortPath);
  const fd = check(libc.socket(unixFamily, seqpacketType | closeOnExec | nonBlocking, 0), "socket");
  for (let attempt = 0; libc.connect(fd, address, address.length) < 0; attempt += 1) {
    const code = errno();
    // A full backlog answers EAGAIN at once, where a blocking socket would hold the whole program.
    if (code === wouldBlock && attempt < maxAttempts) {
      await delay(5);
      continue;
    }
    libc.close(fd);
    throw new KernelError("connect", code, path);
  }
  return fd;
}

function unixAddress(path: string): Buffer {
  const bytes = Buffer.from(path);
  if (bytes.length >= maxPathBytes) throw new RangeError(`socket path is too long: ${path}`);
  const address = Buffer.alloc(2 + bytes.length + 1);
  address.writeUInt16LE(unixFamily, 0);
  bytes.copy(address, 2);
  return address;
}
