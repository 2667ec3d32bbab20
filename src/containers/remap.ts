import { chownSync } from "node:fs";
import { join, relative } from "node:path";
import type { Cleanup } from "../base/cleanup.ts";
import { EngineError } from "../base/errors.ts";
import { createUserNamespace, mountIdMapped, type UserNamespace } from "../linux/user-namespace.ts";
import type { Launch } from "../runtime/runtime-service.ts";
import type { UserRemap } from "../runtime/user-remap.ts";
import type { HostConfig } from "../spec/api/container.ts";
import { rootOf } from "../spec/id-mapping.ts";
import type { Container } from "./container.ts";
import type { ContainersContext } from "./context.ts";
import { ownerOf } from "./namespaces.ts";

/** A container's place in the mapping, for one start. */
export interface Remapped {
  remap: UserRemap;
  /** Undefined where the container joins another's. */
  own: UserNamespace | undefined;
  namespace: NonNullable<Launch["userNamespace"]>;
}

export function isRemapped({ remap }: Pick<ContainersContext, "remap">, { UsernsMode }: HostConfig): boolean {
  return remap !== undefined && UsernsMode !== "host";
}

/** What cannot be where root is not the host's, in dockerd's words. */
export function checkRemap(context: Pick<ContainersContext, "remap">, host: HostConfig): void {
  if (!isRemapped(context, host)) return;
  if (host.Privileged === true) {
    refuse(
      "privileged mode is incompatible with user namespaces.  You must run the container in the host namespace when running privileged mode",
    );
  }
  if (host.NetworkMode === "host")
    refuse("cannot share the host's network namespace when user namespaces are enabled");
  if (host.PidMode === "host") refuse("cannot share the host PID namespace when user namespaces are enabled");
}

/** Makes the user namespace of a start; its file is good until `cleanup` or the caller disposes it. */
export async function openRemapped(
  context: ContainersContext,
  { hostConfig }: Container,
  cleanup: Cleanup,
): Promise<Remapped | undefined> {
  const { remap, repository } = context;
  if (remap === undefined || !isRemapped(context, hostConfig)) return undefined;
  const [uid, gid] = [rootOf(remap.mapping.users), rootOf(remap.mapping.groups)];
  const { NetworkMode, PidMode, IpcMode } = hostConfig;
  const joined = [NetworkMode, PidMode, IpcMode].map(ownerOf).find((owner) => owner !== undefined);
  const pid = joined === undefined ? undefined : repository.search(joined)?.state.pid;
  // Who shares a namespace of another must share the user namespace that it belongs to.
  if (pid) return { remap, own: undefined, namespace: { path: `/proc/${pid}/ns/user`, uid, gid } };
  const own = await createUserNamespace(remap.mapping);
  cleanup.add("user namespace", () => own[Symbol.dispose]());
  return { remap, own, namespace: { path: own.userFile, uid, gid } };
}

/** Gives what the engine wrote for a container to the container's root. */
export function giveToRoot(remapped: Remapped | undefined, ...paths: string[]): void {
  if (remapped === undefined) return;
  for (const path of paths) chownSync(path, remapped.namespace.uid, remapped.namespace.gid);
}

/**
 * Where a volume is to be mounted from. One that is a device of its own keeps that device's ids, and a pinned part of
 * one is mapped where it is pinned.
 */
export function mappedVolume(
  { remap, namespace }: Remapped,
  source: string,
  { isDevice, isPinned }: { isDevice: boolean; isPinned: boolean },
): string {
  if (isDevice) return source;
  if (!isPinned) return join(remap.volumesView, relative(remap.volumesDirectory, source));
  mountIdMapped(source, source, namespace.path);
  return source;
}

function refuse(message: string): never {
  throw new EngineError("invalid", message);
}
