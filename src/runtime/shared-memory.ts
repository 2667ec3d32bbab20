import { mkdirSync, rmdirSync } from "node:fs";
import { errnoOf } from "../base/errors.ts";
import { mount, MountFlag, unmount } from "../linux/mount.ts";
import type { Container } from "./container.ts";
import { Bundle } from "./monitor/bundle.ts";
import type { Launch } from "./runtime-service.ts";
import { shmOptions } from "./spec/mounts.ts";

/**
 * A container whose IPC may be shared gets its /dev/shm from the host's side, since nothing can be bind-mounted out of
 * its own mount namespace later.
 */
export function shareMemory({ hostConfig, userNamespace }: Launch, bundle: Bundle): void {
  if (hostConfig.IpcMode !== "shareable") return;
  mkdirSync(bundle.shm, { recursive: true });
  const data = shmOptions(hostConfig).filter((option) => option.includes("="));
  if (userNamespace !== undefined) data.push(`uid=${userNamespace.uid}`, `gid=${userNamespace.gid}`);
  mount("shm", bundle.shm, "tmpfs", MountFlag.noSuid | MountFlag.noDev | MountFlag.noExec, data.join(","));
}

export function unshareMemory(bundle: Bundle): void {
  while (unmount(bundle.shm)) continue;
  try {
    rmdirSync(bundle.shm);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
  }
}

/** The host directory a container shows as /dev/shm, unless it gets one of its own. */
export function sharedMemoryOf(launch: Launch, containers: Map<string, Container>): string | undefined {
  const { namespaces, hostConfig, directory } = launch;
  if (namespaces.ipc === "host") return "/dev/shm";
  if (hostConfig.IpcMode === "shareable") return new Bundle(directory).shm;
  if (namespaces.ipc === undefined) return undefined;
  const owner = [...containers.values()].find(({ pid }) => namespaces.ipc === `/proc/${pid}/ns/ipc`);
  return owner?.bundle.shm;
}
