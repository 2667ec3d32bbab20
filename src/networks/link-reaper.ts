import { setTimeout as delay } from "node:timers/promises";
import type { Log } from "../base/log.ts";
import { errnoOf } from "../base/errors.ts";
import type { NetlinkSocket } from "../linux/netlink.ts";
import { deleteLink, findLink } from "../linux/netlink-link.ts";

const checkIntervalsMs = [20, 40, 80, 160, 320, 640];

/**
 * Sees the links of ended sandboxes off. The kernel removes them, many at a time and in the background, once a
 * namespace has lost its last user; deleting one by request would stop this whole program for 15 to 40 ms. Only where
 * something else still holds the namespace (a stray process, a copy of the mount) is that the way.
 */
export class LinkReaper {
  readonly #host: NetlinkSocket;
  readonly #log: Log;
  readonly #pending = new Map<string, Promise<void>>();

  constructor(host: NetlinkSocket, log: Log) {
    this.#host = host;
    this.#log = log;
  }

  add(names: readonly string[]): void {
    for (const name of names) {
      if (this.#pending.has(name)) continue;
      const gone = this.#seeOff(name).finally(() => this.#pending.delete(name));
      this.#pending.set(name, gone);
    }
  }

  /** Resolves when no link is left. */
  async settled(): Promise<void> {
    await Promise.all(this.#pending.values());
  }

  async #seeOff(name: string): Promise<void> {
    try {
      for (const intervalMs of checkIntervalsMs) {
        if (findLink(this.#host, name) === undefined) return;
        await delay(intervalMs);
      }
      this.#host.request(deleteLink(name));
    } catch (error) {
      if (errnoOf(error) !== "ENODEV") this.#log.error("a link could not be removed", error, { link: name });
    }
  }
}
