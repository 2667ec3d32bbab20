import { setTimeout as delay } from "node:timers/promises";
import { check, errno, KernelError, libc } from "./libc.ts";
import { unixAddress } from "./unix-address.ts";

const unixFamily = 1;
const datagramType = 2;
const closeOnExec = 0o2000000;
const nonBlocking = 0o4000;
const noSignal = 0x4000;
const wouldBlock = 11;
const noBuffers = 105;
/** How long a reader that does not read is waited for. */
const maxWaitMs = 5000;

/** A connected SOCK_DGRAM unix socket, which Node and Bun do not have: what local syslog and the journal listen on. */
export class UnixDatagram {
  #fd: number;

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /** Throws KernelError (ENOENT, ECONNREFUSED, EPROTOTYPE, …). */
  static connect(path: string): UnixDatagram {
    const address = unixAddress(path);
    const fd = check(libc.socket(unixFamily, datagramType | closeOnExec | nonBlocking, 0), "socket");
    if (libc.connect(fd, address, address.length) < 0) {
      const code = errno();
      libc.close(fd);
      throw new KernelError("connect", code, path);
    }
    return new UnixDatagram(fd);
  }

  /** Sends one datagram, waiting for a slow reader. Throws KernelError when it cannot be sent. */
  async send(data: Uint8Array): Promise<void> {
    for (let waitedMs = 0; ; waitedMs += 1) {
      if (libc.send(this.#fd, data, data.length, noSignal) >= 0) return;
      const code = errno();
      if ((code !== wouldBlock && code !== noBuffers) || waitedMs > maxWaitMs)
        throw new KernelError("send", code);
      await delay(1);
    }
  }

  close(): void {
    if (this.#fd >= 0) libc.close(this.#fd);
    this.#fd = -1;
  }
}
