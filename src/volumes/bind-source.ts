import { existsSync, mkdirSync, realpathSync } from "node:fs";
import { dirname } from "node:path";
import { getSystemErrorMessage } from "node:util";
import { EngineError, errnoOf } from "../base/errors.ts";
import { listMounts, type MountInfo } from "../linux/mount.ts";
import type { PlannedMount } from "./mount-plan.ts";

/**
 * Readies the host's side of a bind at start: makes a missing source where that is asked for (a directory, as `-v`
 * does), and checks that what should propagate can. Throws with dockerd's words.
 */
export function prepareBindSource(mount: PlannedMount, mounts: () => MountInfo[] = listMounts): void {
  const { source, bind } = mount;
  if (!existsSync(source)) {
    if (bind?.createSource !== true) {
      const problem = `bind source path does not exist: ${source}`;
      throw new EngineError("invalid", `invalid mount config for type "bind": ${problem}`);
    }
    makeSource(source);
  }
  checkPropagation(source, mount.propagation, mounts);
}

/** Shared and slave mounts need a source whose own mount takes part. Throws `internal`, as dockerd. */
export function checkPropagation(source: string, propagation: string, mounts: () => MountInfo[]): void {
  const shared = propagation === "shared" || propagation === "rshared";
  const slave = propagation === "slave" || propagation === "rslave";
  if (!shared && !slave) return;
  const holder = mountOf(realpathSync(source), mounts());
  const takesPart =
    holder.propagation.includes("shared:") || (slave && holder.propagation.includes("master:"));
  if (takesPart) return;
  const needed = shared ? "a shared mount" : "a shared or slave mount";
  const message = `path ${source} is mounted on ${holder.target} but it is not ${needed}`;
  throw new EngineError("internal", message);
}

function makeSource(source: string): void {
  try {
    makeDirectories(source);
  } catch (error) {
    const { errno = 0, path = source } = error as { errno?: number; path?: string };
    const problem = `mkdir ${path}: ${getSystemErrorMessage(errno)}`;
    throw new EngineError(
      "internal",
      `error while creating mount source path '${source}': ${problem}`,
      error,
    );
  }
}

/** One by one, so that an error names the directory that could not be made. */
function makeDirectories(path: string): void {
  if (existsSync(path)) return;
  makeDirectories(dirname(path));
  try {
    mkdirSync(path, { mode: 0o755 });
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
  }
}

/** The mount that holds `path`: the last one on the longest target. */
function mountOf(path: string, mounts: MountInfo[]): MountInfo {
  const holds = ({ target }: MountInfo) =>
    path === target || path.startsWith(target === "/" ? "/" : `${target}/`);
  const found = mounts
    .filter(holds)
    .reduce<MountInfo | undefined>(
      (best, mount) => (best === undefined || mount.target.length >= best.target.length ? mount : best),
      undefined,
    );
  if (found === undefined) throw new EngineError("internal", `no mount holds ${path}`);
  return found;
}
