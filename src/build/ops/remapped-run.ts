import { chmodSync, chownSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { errnoOf } from "../../base/errors.ts";
import { unmount } from "../../linux/mount.ts";
import { createUserNamespace, mountIdMapped, type UserNamespace } from "../../linux/user-namespace.ts";
import type { Launch, ResolvedMount } from "../../runtime/runtime-service.ts";
import type { MountOptions } from "../../store/layers/layer-store.ts";
import { rootOf } from "../../spec/id-mapping.ts";
import type { BuildParts } from "./build-parts.ts";
import type { Place } from "./make-layer.ts";

/** The user namespace of a command, and the host's ids of its root. */
export interface RemappedRun {
  own: UserNamespace;
  namespace: NonNullable<Launch["userNamespace"]>;
}

/** Undefined without `--userns-remap`, and for a command that shares the host's network, as `--userns=host` would be. */
export async function openRemappedRun(
  { remap }: BuildParts,
  { network }: { network: string },
  { cleanup }: Place,
): Promise<RemappedRun | undefined> {
  if (remap === undefined || network === "host") return undefined;
  const own = await createUserNamespace(remap.mapping);
  cleanup.add("user namespace", () => own[Symbol.dispose]());
  const [uid, gid] = [rootOf(remap.mapping.users), rootOf(remap.mapping.groups)];
  return { own, namespace: { path: own.userFile, uid, gid } };
}

/** How such a command is shown files of layers. */
export function mappedLayers(
  { remap }: Pick<BuildParts, "remap">,
  remapped: RemappedRun | undefined,
): MountOptions["mapped"] {
  if (remapped === undefined || remap === undefined) return undefined;
  const { uid, gid } = remapped.namespace;
  return { through: remap.layersView, owner: { uid, gid } };
}

/** The command's files with the owners that its namespace has. Answers the mounts in the same way. */
export function remapFiles(
  { layers, remap }: BuildParts,
  { id, directory, rootfs, cleanup }: Place,
  remapped: RemappedRun | undefined,
  mounts: ResolvedMount[],
): ResolvedMount[] {
  if (remapped === undefined || remap === undefined) return mounts;
  chownSync(directory, -1, remapped.namespace.gid);
  chmodSync(directory, 0o710);
  unmount(rootfs);
  const own = mappedLayers({ remap }, remapped);
  layers.mount(id, rootfs, { ...(own && { mapped: own }) });
  return mounts.map((mount, index) => {
    if (mount.type !== "bind") return mount;
    const place = join(directory, `mapped-${index}`);
    const source = mapped(mount.source, place, remapped);
    if (source !== undefined) cleanup.add("mapped mount", () => void unmount(source));
    return { ...mount, source: source ?? mount.source };
  });
}

/** Undefined for what cannot be mapped: a view of layers, which has right owners already (`mappedLayers`). */
function mapped(source: string, place: string, { namespace }: RemappedRun): string | undefined {
  if (statSync(source).isDirectory()) mkdirSync(place);
  else writeFileSync(place, "");
  try {
    mountIdMapped(source, place, namespace.path);
    return place;
  } catch (error) {
    if (errnoOf(error) === "EINVAL") return undefined;
    throw error;
  }
}
