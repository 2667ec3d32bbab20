import { mkdirSync } from "node:fs";
import { faultPoint } from "../base/fault.ts";
import { unmount } from "../linux/mount.ts";
import { ensureWorkingDirectory } from "../runtime/spec/working-directory.ts";
import type { Container } from "./container.ts";
import type { ContainersContext } from "./context.ts";
import { pathsOf } from "./paths.ts";

/**
 * Makes the directory the container is to start in, already at its creation as dockerd does: one that cannot be is
 * refused before anything runs, and a volume that covers it gets it from the image. Nothing stays mounted.
 */
export function makeWorkingDirectory(context: ContainersContext, { id, config }: Container): void {
  if (["", "/"].includes(config.WorkingDir ?? "")) return;
  const { rootfs } = pathsOf(context, id);
  mkdirSync(rootfs, { recursive: true });
  context.layers.mount(id, rootfs);
  faultPoint("create:mounted");
  try {
    ensureWorkingDirectory({ rootfs, mounts: [], config, userNamespace: undefined });
  } finally {
    unmount(rootfs);
  }
}
