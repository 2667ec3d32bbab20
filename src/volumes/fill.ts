import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, fstatSync, openSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { EngineError, messageOf } from "../base/errors.ts";
import { copyTree } from "../linux/copytree.ts";
import { KernelError } from "../linux/libc.ts";
import { descriptorPath, openInRoot, OpenFlag } from "../linux/rootpath.ts";
import { childCommand, childEnvironment } from "../linux/self.ts";
import { syncFileSystem } from "../linux/special-files.ts";

export const fillRole = "fill-volume";

/** What a volume is to be filled from. */
export interface FillSource {
  /** Mounted root file system. */
  rootfs: string;
  /** Inside it. */
  path: string;
}

/** Whether there is something to fill from; throws where it is no directory, with dockerd's words. */
export function fillSourceExists({ rootfs, path }: FillSource, anonymous: boolean): boolean {
  const found = openSource({ rootfs, path });
  if (found === undefined) return false;
  try {
    if (fstatSync(found).isDirectory()) return true;
  } finally {
    closeSync(found);
  }
  const place = join(rootfs, path);
  const problem = anonymous
    ? `cannot mount volume over existing file, file exists ${place}`
    : `source ${place} is not directory`;
  throw new EngineError("internal", problem);
}

/**
 * Copies what is missing into `data`. A child does it, so that the engine answers others meanwhile, unless there is
 * nothing but the directory's own owner and mode, as in most images. Throws `internal`.
 */
export async function fillDirectory(source: FillSource, data: string): Promise<void> {
  const found = openSource(source);
  if (found === undefined) return;
  try {
    const place = descriptorPath(found);
    if (readdirSync(place).length === 0) copyTree(place, data);
    else await fillInChild(source, data);
  } catch (error) {
    throw new EngineError("internal", `failed to copy files: ${messageOf(error)}`, error);
  } finally {
    closeSync(found);
  }
}

/** What the child does: the copy, and all of it on the disk before the volume is marked as filled. */
export function fillNow(source: FillSource, data: string): void {
  const found = openSource(source);
  if (found === undefined) return;
  const directory = openSync(data, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    copyTree(descriptorPath(found), data);
    syncFileSystem(directory);
  } finally {
    closeSync(directory);
    closeSync(found);
  }
}

async function fillInChild({ rootfs, path }: FillSource, data: string): Promise<void> {
  const [program, ...args] = childCommand(fillRole, rootfs, path, data);
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"], env: childEnvironment() });
  const ended = once(child, "close");
  const [problem] = await Promise.all([text(child.stderr), ended]);
  if (child.exitCode !== 0)
    throw new Error(problem.trim() || `the copying child ended (${child.signalCode})`);
}

function openSource({ rootfs, path }: FillSource): number | undefined {
  try {
    return openInRoot(rootfs, path, OpenFlag.path);
  } catch (error) {
    if (error instanceof KernelError && error.code === "ENOENT") return undefined;
    throw error;
  }
}
