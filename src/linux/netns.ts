// Network namespaces held by a bind mount.
//
// The thread is inside a namespace only for a handful of direct system calls, with everything prepared before and no
// await, because whatever thread is born meanwhile (JIT, collector) inherits the namespace and pins it for as long as
// it lives. All other work there goes through a netlink socket that was opened inside. Main thread only: a worker's
// namespace would leak into the shared pool threads.
import { closeSync, openSync, rmSync } from "node:fs";
import { isMainThread } from "node:worker_threads";
import { check, cstring, errno, KernelError, libc } from "./libc.ts";
import { mount, MountFlag, unmount } from "./mount.ts";
import { NetlinkProtocol, NetlinkSocket, openNetlink } from "./netlink.ts";

const newNetwork = 0x40000000; // CLONE_NEWNET
const ownNamespace = "/proc/thread-self/ns/net";
const openFlag = { writeOnly: 1, closeOnExec: 0x80000 };

/** A new namespace, opened: a descriptor to move links into it, and a socket to configure it. */
export interface NetworkNamespace extends Disposable {
  fd: number;
  route: NetlinkSocket;
}

/**
 * Makes a namespace, or takes over the one of the file `existing`, and keeps it alive by a bind mount on the new file
 * `path`. On failure nothing stays.
 */
export function createNetworkNamespace(path: string, existing?: string): NetworkNamespace {
  closeSync(openSync(path, "wx", 0o444));
  let socketFd = -1;
  try {
    if (existing !== undefined) mount(existing, path, "", MountFlag.bind);
    using given = existing === undefined ? undefined : openNamespace(path);
    away(() => {
      if (given === undefined) {
        if (libc.unshare(newNetwork) !== 0) throw new KernelError("unshare", errno(), "network namespace");
        mount(ownNamespace, path, "", MountFlag.bind);
      } else if (libc.setns(given.fd, newNetwork) !== 0) throw new KernelError("setns", errno(), path);
      socketFd = openNetlink(NetlinkProtocol.route);
    });
    const route = new NetlinkSocket(socketFd);
    const fd = openSync(path, "r");
    return {
      fd,
      route,
      [Symbol.dispose]() {
        route[Symbol.dispose]();
        closeSync(fd);
      },
    };
  } catch (error) {
    removeNetworkNamespace(path);
    throw error;
  }
}

function openNamespace(path: string): { fd: number } & Disposable {
  const fd = openSync(path, "r");
  return { fd, [Symbol.dispose]: () => closeSync(fd) };
}

/** Lets go of a namespace: it ends with its last process. Nothing there is fine. */
export function removeNetworkNamespace(path: string): void {
  unmount(path);
  rmSync(path, { force: true });
}

/** Writes `net.*` settings (dots as separators) in a namespace, in order. Throws the KernelError of the first refused. */
export function setNamespaceSysctls(
  namespaceFd: number,
  settings: readonly (readonly [string, string])[],
): void {
  if (settings.length === 0) return;
  const prepared = settings.map(([name, value]) => ({
    name,
    path: cstring(sysctlPath(name)),
    value: Buffer.from(value),
  }));
  away(() => {
    if (libc.setns(namespaceFd, newNetwork) !== 0) throw new KernelError("setns", errno());
    for (const { name, path, value } of prepared) {
      const fd = check(libc.open(path, openFlag.writeOnly | openFlag.closeOnExec, 0), "sysctl", name);
      const written = libc.write(fd, value, value.length);
      const failure = written < 0 ? errno() : 0;
      libc.close(fd);
      if (failure !== 0) throw new KernelError("sysctl", failure, name);
    }
  });
}

/** `net.ipv4.conf.eth0/1.forwarding`: dots and slashes trade places, as sysctl(8) has it. */
export function sysctlPath(name: string): string {
  const swapped = name.replace(/[./]/g, (separator) => (separator === "." ? "/" : "."));
  if (swapped.split("/").includes("..")) throw new RangeError(`not a sysctl: ${name}`);
  return `/proc/sys/${swapped}`;
}

/** Runs `body`, which moves this thread into another namespace, and brings the thread home whatever happens. */
function away<T>(body: () => T): T {
  if (!isMainThread) throw new Error("network namespaces are entered on the main thread only");
  const home = openSync(ownNamespace, "r");
  try {
    return body();
  } finally {
    if (libc.setns(home, newNetwork) !== 0) {
      // Every later socket would live in the wrong namespace: nothing is safe but a new start.
      console.error("cannot return to the host's network namespace");
      process.abort();
    }
    closeSync(home);
  }
}
