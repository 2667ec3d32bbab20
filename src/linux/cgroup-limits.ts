import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { errnoOf } from "../base/errors.ts";
import type { ResourcesSpec } from "../spec/oci-runtime.ts";
import type { Cgroup } from "./cgroup.ts";
import { limitWritesV1 } from "./cgroup-limits-v1.ts";
import { limitWritesV2 } from "./cgroup-limits-v2.ts";

/** One value for one file of a group. */
export interface CgroupWrite {
  controller: string;
  file: string;
  value: string;
  /** Of a file with a line for each device: what lifts this one, for when there was none before. */
  lifted?: string;
}

/** What a file of the group holds now; undefined where there is none. */
export type ReadLimit = (controller: string, file: string) => string | undefined;

/**
 * Changes limits of a running group: all of them, or none. What is not set in `resources` stays as it is. Throws an
 * Error that names file, value and reason in the words of runc.
 */
export function applyLimits(group: Cgroup, resources: ResourcesSpec): void {
  const read: ReadLimit = (controller, file) => readLimit(group, controller, file);
  const plan = group.version === 2 ? limitWritesV2 : limitWritesV1;
  const undo: CgroupWrite[] = [];
  try {
    for (const write of plan(resources, read)) {
      const before = valueBefore(write, read(write.controller, write.file));
      writeLimit(group, write);
      if (before !== undefined) undo.unshift({ ...write, value: before });
    }
  } catch (error) {
    for (const write of undo) putBack(group, write);
    throw error;
  }
}

/** What puts the write back. Nothing does where several lines say something of other devices. */
function valueBefore({ value, lifted }: CgroupWrite, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const lines = text.split("\n");
  const device = value.slice(0, value.indexOf(" ") + 1);
  if (lifted !== undefined) return lines.find((line) => line.startsWith(device)) ?? lifted;
  return lines.length === 1 ? text : undefined;
}

function putBack(group: Cgroup, write: CgroupWrite): void {
  try {
    writeLimit(group, write);
  } catch {
    // What the kernel had a moment ago and refuses now cannot be helped; the first error is the one to tell.
  }
}

function readLimit(group: Cgroup, controller: string, file: string): string | undefined {
  const directory = group.directory(controller);
  if (directory === undefined) return undefined;
  try {
    return readFileSync(join(directory, file), "utf8").trim();
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

function writeLimit(group: Cgroup, { controller, file, value }: CgroupWrite): void {
  const directory = group.directory(controller);
  if (directory === undefined) throw new Error(`the cgroup controller ${controller} is not mounted`);
  const path = join(directory, file);
  try {
    // An empty text (cpuset.cpus of v2: as the group above) would not be written at all.
    writeFileSync(path, value === "" ? "\n" : value, { flag: "r+" });
  } catch (error) {
    throw new Error(`failed to write "${value}": write ${path}: ${reasonOf(error)}`, { cause: error });
  }
}

const reasons: Record<string, string> = {
  EINVAL: "invalid argument",
  EBUSY: "device or resource busy",
  ENODEV: "no such device",
  ENOENT: "no such file or directory",
  ERANGE: "numerical result out of range",
};

function reasonOf(error: unknown): string {
  const errno = errnoOf(error) ?? String(error);
  return reasons[errno] ?? errno;
}
