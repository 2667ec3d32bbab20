// dockerd's checks of a mount as the API gives it (HostConfig.Mounts, and what a bind string stands for).
import { posix } from "node:path";
import { EngineError, messageOf } from "../base/errors.ts";
import type { Mount } from "./api/container.ts";
import { isPropagation } from "./mount-mode.ts";
import { tmpfsOptionsOfMount } from "./tmpfs.ts";

/** Throws `invalid` with dockerd's words. Whether a bind's source exists is not looked at. */
export function checkMount(mount: Mount): void {
  try {
    checkTarget(mount.Target ?? "");
    checkByType(mount);
  } catch (error) {
    throw invalid(
      `invalid mount config for type ${JSON.stringify(mount.Type ?? "")}: ${messageOf(error)}`,
      error,
    );
  }
}

/** Options of another type than the mount's own. dockerd looks for them in all mounts before anything else. */
export function checkForeignOptions({ Type, ...mount }: Mount): void {
  const foreign =
    mount.BindOptions !== undefined && Type !== "bind"
      ? "BindOptions"
      : mount.VolumeOptions !== undefined && Type !== "volume"
        ? "VolumeOptions"
        : mount.TmpfsOptions !== undefined && Type !== "tmpfs"
          ? "TmpfsOptions"
          : undefined;
  if (foreign === undefined) return;
  throw invalid(`${foreign} must not be specified on mount type ${JSON.stringify(Type ?? "")}`);
}

/** The check of HostConfig.Tmpfs paths, whose messages carry no prefix. */
export function checkDestination(path: string): void {
  if (clean(path) === "/") throw invalid("invalid specification: destination can't be '/'");
  if (!path.startsWith("/")) throw invalid(`invalid mount path: '${path}' mount path must be absolute`);
}

/** A path without `.`, `..`, doubled and trailing slashes. */
export function clean(path: string): string {
  const normal = posix.normalize(path);
  return normal.length > 1 && normal.endsWith("/") ? normal.slice(0, -1) : normal;
}

function checkTarget(target: string): void {
  if (target === "") throw invalid("field Target must not be empty");
  checkDestination(target);
}

function checkByType(mount: Mount): void {
  switch (mount.Type) {
    case "bind":
      return checkBind(mount);
    case "volume":
      return checkVolume(mount);
    case "tmpfs":
      forbid(mount, "BindOptions", "ImageOptions");
      if (mount.Source) throw extraField("Source");
      tmpfsOptionsOfMount(mount.TmpfsOptions, mount.ReadOnly ?? false);
      return;
    case "image":
      forbid(mount, "BindOptions", "VolumeOptions");
      if (!mount.Source) throw invalid("field Source must not be empty");
      checkSubpath(mount.ImageOptions?.Subpath ?? "");
      return;
    default:
      throw invalid("mount type unknown");
  }
}

function checkBind(mount: Mount): void {
  const { Source = "", BindOptions } = mount;
  if (Source === "") throw invalid("field Source must not be empty");
  const propagation = BindOptions?.Propagation ?? "";
  if (propagation !== "" && !isPropagation(propagation)) {
    throw invalid(`invalid propagation mode: ${String(propagation)}`);
  }
  forbid(mount, "VolumeOptions", "ImageOptions");
  if (!Source.startsWith("/")) {
    throw invalid(`invalid mount path: '${Source}' mount path must be absolute`);
  }
}

function checkVolume(mount: Mount): void {
  forbid(mount, "BindOptions", "ImageOptions");
  const anonymous = !mount.Source;
  const subpath = mount.VolumeOptions?.Subpath ?? "";
  if (subpath !== "" && anonymous) throw invalid("must not set Subpath when using anonymous volumes");
  checkSubpath(subpath);
  if (anonymous && mount.ReadOnly) {
    throw invalid("must not set ReadOnly mode when using anonymous volumes");
  }
}

function checkSubpath(subpath: string): void {
  if (subpath === "") return;
  const normal = clean(subpath);
  if (subpath.startsWith("/") || normal === ".." || normal.startsWith("../")) {
    throw invalid("subpath must be a relative path within the volume");
  }
}

function forbid(mount: Mount, ...fields: ("BindOptions" | "VolumeOptions" | "ImageOptions")[]): void {
  for (const field of fields) if (mount[field] !== undefined) throw extraField(field);
}

function extraField(name: string): EngineError {
  return invalid(`field ${name} must not be specified`);
}

function invalid(message: string, cause?: unknown): EngineError {
  return new EngineError("invalid", message, cause);
}
