import { closeSync, constants, openSync } from "node:fs";
import { connect, type NetConnectOpts, type Socket } from "node:net";
import { basename, dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { check, errno, KernelError, libc } from "./libc.ts";
import { unixAddress } from "./unix-address.ts";

const unixFamily = 1;
const seqpacketType = 5;
const closeOnExec = 0o2000000;
const nonBlocking = 0o4000;
const wouldBlock = 11;
const maxAttempts = 100;

const shutRead = 0;
const duplicateCloseOnExec = 1030;
const dontWait = 0x40;
const noSignal = 0x4000;
const connectionReset = 104;
/** More than any message of conmon (8 KiB and a mark). */
const maxMessageBytes = 64 << 10;

export interface SeqpacketConnection {
  /** Each `data` event is one message. */
  socket: Socket;
  /**
   * Sends one message. Answers false when the other side takes none any more: what it said before that is still to be
   * read, where the socket's own `write` would close on EPIPE and throw it away.
   */
  send(data: Uint8Array): Promise<boolean>;
  /**
   * The messages that were still unread when the connection broke. The kernel tells of the break before it hands them
   * out, and the socket closes at that word. Once, while the socket's `error` or `close` event is dealt with.
   */
  takeUnread(): Buffer[];
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
    const second = new SecondDescriptor(fd);
    socket.once("close", () => setImmediate(() => second.close()));
    return {
      socket,
      send: (data) => second.send(data),
      takeUnread: () => second.takeUnread(),
      stopReading: () => void (socket.destroyed || libc.shutdown(fd, shutRead)),
    };
  } finally {
    closeSync(directory);
  }
}

/** The same connection on a descriptor of our own: the socket's may be closed, and its number another's, at any time. */
class SecondDescriptor {
  #fd: number;

  constructor(fd: number) {
    this.#fd = check(libc.fcntl(fd, duplicateCloseOnExec, 0), "fcntl");
  }

  async send(data: Uint8Array): Promise<boolean> {
    for (;;) {
      if (this.#fd < 0) return false;
      if (libc.send(this.#fd, data, data.length, dontWait | noSignal) >= 0) return true;
      if (errno() !== wouldBlock) return false;
      // Full: the reader is slow. Nothing tells when there is room again, without taking the reading side's events.
      await delay(1);
    }
  }

  takeUnread(): Buffer[] {
    const messages: Buffer[] = [];
    const buffer = Buffer.alloc(maxMessageBytes);
    while (this.#fd >= 0) {
      const length = Number(libc.recv(this.#fd, buffer, buffer.length, dontWait));
      // The break itself comes first, as an error that is then forgotten.
      if (length < 0 && errno() === connectionReset) continue;
      if (length <= 0) break;
      messages.push(Buffer.from(buffer.subarray(0, length)));
    }
    return messages;
  }

  close(): void {
    if (this.#fd >= 0) libc.close(this.#fd);
    this.#fd = -1;
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
