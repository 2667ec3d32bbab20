import { closeSync } from "node:fs";
import { EngineError, errnoOf } from "../../base/errors.ts";
import { asFileOwner } from "../../linux/file-owner.ts";
import { makeDirectoriesInRoot } from "../../linux/rootpath.ts";
import type { Launch } from "../runtime-service.ts";
import { workingDirectory } from "./container-spec.ts";

/**
 * Makes the directory a container starts in, as Docker does, inside its rootfs or inside the bind mount that will
 * cover it there. (runc makes it by itself, crun does not.)
 */
export function ensureWorkingDirectory({
  rootfs,
  mounts,
  config,
  userNamespace,
}: Pick<Launch, "rootfs" | "mounts" | "config" | "userNamespace">): void {
  const path = workingDirectory(config.WorkingDir);
  if (path === "/") return;
  const cover = mounts.findLast(({ target }) => path === target || path.startsWith(`${target}/`));
  if (cover !== undefined && (cover.type !== "bind" || cover.readOnly)) return;
  const [root, inside] =
    cover === undefined ? [rootfs, path] : [cover.source, path.slice(cover.target.length)];
  if (inside === "" || inside === "/") return;
  try {
    asFileOwner(userNamespace, () => closeSync(makeDirectoriesInRoot(root, inside)));
  } catch (error) {
    if (errnoOf(error) === "ENOTDIR" || errnoOf(error) === "EEXIST") {
      throw new EngineError("invalid", `Cannot mkdir: ${path} is not a directory`, error);
    }
    throw error;
  }
}
