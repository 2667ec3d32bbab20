// After a start: the database, the kernel and the running containers are made to agree.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../base/errors.ts";
import { shortId } from "../base/ids.ts";
import { listMounts } from "../linux/mount.ts";
import { listLinks } from "../linux/netlink-link.ts";
import { removeNetworkNamespace } from "../linux/netns.ts";
import { openPortSocket } from "../linux/port-socket.ts";
import { findPortOwner } from "./port-owner.ts";
import type { HeldPort } from "./port-allocator.ts";
import { formatIpv4 } from "./ipv4.ts";
import { linksOf } from "./network-record.ts";
import type { SandboxRecord } from "./network-store.ts";
import { hostEndpoint } from "./published-port.ts";
import type { Sandboxes, SandboxesContext } from "./sandboxes.ts";

/** Gives back sandboxes of containers that do not run, and whatever no record accounts for; adopts the others. */
export async function recover(
  context: SandboxesContext,
  sandboxes: Sandboxes,
  running: ReadonlySet<string>,
): Promise<void> {
  for (const { containerId } of context.store.sandboxes()) {
    if (!running.has(containerId)) sandboxes.release(containerId);
  }
  removeUnknownNamespaces(context);
  reapUnknownLinks(context);
  context.host.doubt();
  await context.host.ready();
  const mounted = new Set(listMounts().map(({ target }) => target));
  for (const sandbox of context.store.sandboxes()) {
    adopt(context, sandbox);
    const path = sandboxes.pathOf(sandbox);
    if (sandboxes.hasNamespace(sandbox) && !mounted.has(path)) {
      const { containerId } = sandbox;
      context.log.warn("a running container's namespace file is gone", { containerId, path });
    }
  }
}

function removeUnknownNamespaces({ store, directory }: SandboxesContext): void {
  const known = new Set(store.sandboxes().map(({ id }) => shortId(id)));
  for (const name of readdirSync(directory)) {
    if (!known.has(name)) removeNetworkNamespace(join(directory, name));
  }
}

/** Links carry this engine's prefix, so that no other's are taken for leftovers. */
function reapUnknownLinks({ store, host, reaper, names }: SandboxesContext): void {
  const known = new Set(
    store.sandboxes().flatMap((one) => linksOf(store.endpointsOfContainer(one.containerId))),
  );
  const leftovers = listLinks(host.route)
    .map(({ name }) => name)
    .filter((name) => name.startsWith(names.linkPrefix) && !known.has(name));
  reaper.add(leftovers);
}

/** Takes a running container's sandbox over from the engine before: its ports are held again. */
function adopt(context: SandboxesContext, { containerId }: SandboxRecord): void {
  const { store, holder } = context;
  const attached = store.endpointsOfContainer(containerId).find(({ attachment }) => attachment !== undefined);
  const address = attached?.attachment?.address.address;
  if (address === undefined || holder.holds(containerId)) return;
  holder.serve(containerId, takeAgain(context, containerId), formatIpv4(address));
}

/** A port that a program of the host took meanwhile still leads to the container by DNAT; only the hold is lost. */
function takeAgain({ store, log }: SandboxesContext, containerId: string): HeldPort[] {
  return store.ports(containerId).flatMap((port) => {
    try {
      return [{ port, fd: openPortSocket(port.protocol, port.hostAddress, port.hostPort) }];
    } catch (error) {
      const owner = findPortOwner(port) ?? "unknown";
      const reason = messageOf(error);
      log.warn("a published port cannot be held", { containerId, port: hostEndpoint(port), owner, reason });
      return [];
    }
  });
}
