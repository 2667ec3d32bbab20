import { once } from "node:events";
import { mkdirSync } from "node:fs";
import type { Readable } from "node:stream";
import { EngineError } from "../../base/errors.ts";
import type { PathStat } from "../../spec/file-mode.ts";
import { decompress } from "../../store/archive/decompress.ts";
import type { Container } from "../container.ts";
import type { PutArchiveRequest } from "../container-service.ts";
import type { ContainersContext } from "../context.ts";
import { pathsOf } from "../paths.ts";
import { publishEvent } from "../publish-event.ts";
import { isRemapped } from "../remap.ts";
import { isRunning } from "../state.ts";
import type { ContainerRoot, WriteRules } from "./files-task.ts";
import { type FilesResult, PathMissing, runFilesChild } from "./run-files-child.ts";
import { overlayOf, withRoot } from "./with-root.ts";

/** What is at `path` in the container. */
export async function statContainerPath(
  context: ContainersContext,
  reference: string,
  path: string,
): Promise<PathStat> {
  return await withRoot(context, reference, async (root, descriptor) => {
    const action = { kind: "stat", path } as const;
    const { stat, tar } = await inWords(reference, path, runFilesChild({ root, action }, descriptor));
    await drained(tar);
    return stat as PathStat;
  });
}

/** The tar of `path`. The container is held until the tar has been read or destroyed. */
export async function getContainerArchive(
  context: ContainersContext,
  reference: string,
  path: string,
): Promise<{ stat: PathStat; tar: Readable }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ stat: PathStat; tar: Readable }>();
  withRoot(context, reference, async (root, descriptor) => {
    const action = { kind: "pack", path } as const;
    const { stat, tar } = await inWords(reference, path, runFilesChild({ root, action }, descriptor));
    const over = once(tar, "close");
    resolve({ stat: stat as PathStat, tar });
    await over.catch(() => {});
  }).catch(reject);
  const archive = await promise;
  publishEvent(context, context.repository.find(reference), "archive-path");
  return archive;
}

/** Unpacks a tar, compressed or not, into a directory of the container. */
export async function putContainerArchive(
  context: ContainersContext,
  reference: string,
  { path, tar, keepKinds, asUser }: PutArchiveRequest,
): Promise<void> {
  const container = context.repository.find(reference);
  await withRoot(context, reference, async (root, descriptor) => {
    const owner = asUser && container.config.User ? container.config.User : undefined;
    const rules = writeRules(container);
    const action = { kind: "unpack", path, keepKinds, rules, ...(owner && { owner }) } as const;
    const input = decompress(tar.iterator({ destroyOnReturn: false }));
    const result = await inWords(reference, path, runFilesChild({ root, action }, descriptor, input));
    await drained(result.tar);
  });
  publishEvent(context, container, "extract-to-dir");
}

/** The tar of the whole root file system, without volumes. Its mount is the packing child's own and ends with it. */
export async function exportContainer(context: ContainersContext, reference: string): Promise<Readable> {
  const container = context.repository.find(reference);
  const { id } = container;
  const { rootfs } = pathsOf(context, id);
  if (container.state.status === "dead")
    throw new EngineError("conflict", `cannot export container ${id} which is Dead`);
  const action = { kind: "export" } as const;
  // What runs in a user namespace of its own is mounted with other owners than the image's.
  const asMounted = isRunning(container.state) && !isRemapped(context, container.hostConfig);
  const { tar } = await (asMounted
    ? runFilesChild({ root: { kind: "directory", path: rootfs }, action })
    : runFilesChild({ root: restingView(context, id, rootfs), action }));
  publishEvent(context, container, "export");
  return tar;
}

/** Only to be read: the container's own layer is the topmost of the lower ones, so that a start is not in the way. */
function restingView(context: ContainersContext, id: string, path: string): ContainerRoot {
  mkdirSync(path, { recursive: true });
  const { lower, upper, base } = overlayOf(context, id);
  return { kind: "mounts", path, overlay: { lower: [upper, ...lower], base }, binds: [] };
}

function writeRules({ hostConfig, mountPlan }: Container): WriteRules {
  const mounts = [...mountPlan.points, ...mountPlan.tmpfs].map(({ destination, readOnly }) => ({
    destination,
    readOnly,
  }));
  return { rootReadOnly: hostConfig.ReadonlyRootfs ?? false, mounts };
}

async function inWords(reference: string, path: string, result: Promise<FilesResult>): Promise<FilesResult> {
  try {
    return await result;
  } catch (error) {
    if (!(error instanceof PathMissing)) throw error;
    throw new EngineError("not-found", `Could not find the file ${path} in container ${reference}`, error);
  }
}

/** The child has said all; its end is awaited, so that nothing of it is left. */
async function drained(tar: Readable): Promise<void> {
  for await (const _chunk of tar);
}
