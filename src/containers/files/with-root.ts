import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  statSync,
} from "node:fs";
import { errnoOf } from "../../base/errors.ts";
import { OpenFlag } from "../../linux/rootpath.ts";
import { inMountOrder, type PlannedMount } from "../../volumes/mount-plan.ts";
import { type Container, neverTime } from "../container.ts";
import type { ContainersContext } from "../context.ts";
import { hostFileMounts } from "../host-files.ts";
import { mountImage, unmountImages } from "../image-mounts.ts";
import { pathsOf } from "../paths.ts";
import { isRemapped } from "../remap.ts";
import { isRunning } from "../state.ts";
import type { ContainerRoot, HostMount } from "./files-task.ts";

/** The child's name for the descriptor it is given. */
const givenRoot = "/proc/self/fd/3";

type Use<T> = (root: ContainerRoot, descriptor?: number) => Promise<T>;

/**
 * Calls `use` with the way to the container's file system as its processes see it: of a running container what its
 * first process has, of any other its layer with its volumes, mounted by the child for itself. Then the container
 * stays locked, so that it cannot start on the same layer meanwhile; dockerd holds its lock for that long, too.
 */
export async function withRoot<T>(context: ContainersContext, reference: string, use: Use<T>): Promise<T> {
  const { id, state } = context.repository.find(reference);
  if (isRunning(state)) return await withLiveRoot(context, context.repository.find(id), use);
  return await context.locks.run(id, async () => {
    const container = context.repository.find(id);
    if (isRunning(container.state)) return await withLiveRoot(context, container, use);
    return await withRestingRoot(context, container, use);
  });
}

/** A process that has changed its own root, or a number that another process has by now, is not the way in. */
async function withLiveRoot<T>(context: ContainersContext, container: Container, use: Use<T>): Promise<T> {
  const { rootfs } = pathsOf(context, container.id);
  const descriptor = openProcessRoot(container.state.pid);
  try {
    if (descriptor !== undefined && isSame(descriptor, rootfs))
      return await use(
        { kind: "directory", path: givenRoot, ...userNamespaceOf(context, container) },
        descriptor,
      );
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
  const binds = [...hostFiles(context, container), ...plainVolumes(container)];
  return await use({ kind: "mounts", path: rootfs, binds });
}

/** The layers are mounted for the owners of the container's user namespace: from outside nothing can be made there. */
function userNamespaceOf(
  context: ContainersContext,
  { hostConfig, state }: Container,
): { userNamespace?: string } {
  return isRemapped(context, hostConfig) ? { userNamespace: `/proc/${state.pid}/ns/user` } : {};
}

function openProcessRoot(pid: number): number | undefined {
  try {
    return openSync(`/proc/${pid}/root`, OpenFlag.path | constants.O_DIRECTORY);
  } catch (error) {
    if (errnoOf(error) === "ENOENT" || errnoOf(error) === "EACCES") return undefined;
    throw error;
  }
}

function isSame(descriptor: number, path: string): boolean {
  const [a, b] = [fstatSync(descriptor), statSync(path)];
  return a.dev === b.dev && a.ino === b.ino;
}

async function withRestingRoot<T>(context: ContainersContext, container: Container, use: Use<T>): Promise<T> {
  const { id } = container;
  const { rootfs } = pathsOf(context, id);
  mkdirSync(rootfs, { recursive: true });
  try {
    const binds = [...hostFiles(context, container), ...(await volumeMounts(context, container))];
    return await use({ kind: "mounts", path: rootfs, overlay: overlayOf(context, id), binds });
  } finally {
    unmountImages(context, id);
    await context.volumes.unmountAll(id);
  }
}

export function overlayOf({ layers, defaults }: ContainersContext, id: string) {
  const parts = layers.writable(id);
  if (parts === undefined) throw new Error(`no writable layer of ${id}`);
  return { ...parts, base: defaults.dataRoot };
}

function hostFiles(context: ContainersContext, container: Container): HostMount[] {
  return hostFileMounts(context, container)
    .filter(({ source }) => existsSync(source))
    .map(({ source, target, readOnly }) => ({ source, destination: target, readOnly }));
}

async function volumeMounts(context: ContainersContext, container: Container): Promise<HostMount[]> {
  const mounts: HostMount[] = [];
  for (const mount of inMountOrder(container.mountPlan)) {
    const source = await sourceOf(context, container, mount);
    if (source === undefined || !existsSync(source)) continue;
    const { destination, readOnly } = mount;
    mounts.push({ source, destination, readOnly, ifMissing: isYetToFill(container, mount, source) });
  }
  return mounts;
}

async function sourceOf(
  context: ContainersContext,
  container: Container,
  mount: PlannedMount,
): Promise<string | undefined> {
  const { id } = container;
  const { type, source, volume, destination, readOnly } = mount;
  if (type === "bind") return source;
  if (type === "image") return mountImage(context, container, mount).source;
  if (volume === undefined) return undefined;
  const subpath = volume.subpath || undefined;
  return await context.volumes.mount(volume.name, id, { destination, readOnly, subpath });
}

/** Before the first start an empty volume stands for what it will be filled with: the image's files in its place. */
function isYetToFill({ state }: Container, { volume }: PlannedMount, source: string): boolean {
  return volume?.copyUp === true && state.startedAt === neverTime && readdirSync(source).length === 0;
}

/** Without a mount that a running container would miss: those with a subpath are left out. */
function plainVolumes({ mountPlan, volumePaths }: Container): HostMount[] {
  return inMountOrder(mountPlan).flatMap(({ type, source, destination, readOnly, volume }) => {
    const from = type === "bind" ? source : volume?.subpath ? undefined : volumePaths[volume?.name ?? ""];
    return from === undefined || !existsSync(from) ? [] : [{ source: from, destination, readOnly }];
  });
}
