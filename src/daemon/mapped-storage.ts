import { chownSync, mkdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { EngineError, messageOf } from "../base/errors.ts";
import type { UserRemap } from "../runtime/user-remap.ts";
import { unmount } from "../linux/mount.ts";
import { createUserNamespace, mountIdMapped } from "../linux/user-namespace.ts";
import { rootOf } from "../spec/id-mapping.ts";
import type { EngineConfig } from "./config.ts";

/** What containers get their files through, while the engine runs. */
export interface MappedStorage extends Disposable {
  remap: UserRemap;
}

/**
 * Shows layers and volumes once more under the exec root, with the ids of `--userns-remap`. One mount each for the
 * engine's life: a container that runs keeps its own copies. Throws `invalid` where the kernel cannot.
 */
export async function mapStorage(config: EngineConfig): Promise<MappedStorage | undefined> {
  const { usernsRemap: mapping, dataRoot, execRoot } = config;
  if (mapping === undefined) return undefined;
  const views = ["layers", "volumes"].map((name) => ({
    source: join(dataRoot, name),
    target: join(execRoot, "mapped", name),
  }));
  const release = () => {
    for (const { target } of views) while (unmount(target)) continue;
  };
  release();
  using namespace = await createUserNamespace(mapping);
  try {
    for (const { source, target } of views) {
      for (const directory of [source, target]) mkdirSync(directory, { recursive: true, mode: 0o711 });
      mountIdMapped(source, target, namespace.userFile);
    }
  } catch (error) {
    release();
    throw new EngineError(
      "invalid",
      `userns-remap needs a kernel with id-mapped mounts: ${messageOf(error)}`,
    );
  }
  // Containers' root is nobody to the host: it reaches its own files as the group.
  for (const directory of [dataRoot, join(dataRoot, "containers")]) {
    mkdirSync(directory, { recursive: true, mode: 0o710 });
    chownSync(directory, -1, rootOf(mapping.groups));
  }
  const [layersView = "", volumesView = ""] = views.map(({ target }) => target);
  return {
    remap: { mapping, layersView, volumesView, volumesDirectory: join(dataRoot, "volumes") },
    [Symbol.dispose]() {
      release();
      for (const { target } of views) rmdirSync(target);
      rmdirSync(join(execRoot, "mapped"));
    },
  };
}
