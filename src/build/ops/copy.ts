import { resolveUser } from "../../runtime/spec/user.ts";
import type { Manifest, StepContext } from "../solver/step.ts";
import type { BuildParts, Snapshot } from "./build-parts.ts";
import { digestSelection } from "./files/digest-selection.ts";
import type { CopyTask, DigestTask, Owner, TreeSource, WriteTask } from "./files/files-task.ts";
import type { SentTree } from "./files/sent-tree.ts";
import { select } from "./files/select.ts";
import { makeLayer, withView } from "./make-layer.ts";

/** Where a COPY or ADD takes from: a client's context, or the file system of another step. */
export type CopySource = { tree: SentTree } | { snapshot: Snapshot };

/** A COPY or ADD of files, with every variable replaced. */
export interface CopyRequest {
  sources: readonly string[];
  excludes: readonly string[];
  parents: boolean;
  /** Absolute; with a slash at its end it is a directory in any case. */
  destination: string;
  /** `USER[:GROUP]`, by the names of the file system that is written to. */
  chown?: string;
  chmod?: string;
  files: readonly { name: string; content: string }[];
  latestSeconds?: number;
}

/** What it reads: the sum of each file. Throws not-found for a source that is not there. */
export async function copyManifest(
  parts: BuildParts,
  source: CopySource,
  { sources, excludes }: Pick<CopyRequest, "sources" | "excludes">,
): Promise<Manifest> {
  const entries =
    "tree" in source
      ? digestSelection(source.tree, sources, excludes)
      : await withView(parts, source.snapshot, (directory) => {
          const task: DigestTask = { kind: "digest", directory, sources, excludes };
          return parts.files.run<Record<string, string>>(task);
        });
  return Object.fromEntries(Object.entries(entries).map(([path, sum]) => [`file ${path}`, sum]));
}

/** The layer with the files on top of `parent`. */
export async function copyFiles(
  parts: BuildParts,
  parent: Snapshot,
  source: CopySource,
  request: CopyRequest,
  { signal }: StepContext,
): Promise<Snapshot> {
  const { latestSeconds } = request;
  const options = { signal, ...(latestSeconds !== undefined && { latestSeconds }) };
  return await makeLayer(parts, parent, options, async ({ rootfs }) => {
    const owner = request.chown === undefined ? undefined : ownerOf(rootfs, request.chown);
    if (request.files.length > 0) await parts.files.run(writeTask(request, rootfs, owner), signal);
    if (request.sources.length === 0) return;
    const copy = (from: TreeSource) => parts.files.run(copyTask(request, from, rootfs, owner), signal);
    if ("tree" in source) await copy({ entries: sentEntries(source.tree, request.sources) });
    else await withView(parts, source.snapshot, (directory) => copy({ directory }));
  });
}

/** The directory of a WORKDIR, made where it is missing. */
export async function makeDirectory(
  parts: BuildParts,
  parent: Snapshot,
  request: { path: string; user: string; latestSeconds?: number },
  { signal }: StepContext,
): Promise<Snapshot> {
  const { path, user, latestSeconds } = request;
  const options = { signal, ...(latestSeconds !== undefined && { latestSeconds }) };
  return await makeLayer(parts, parent, options, async ({ rootfs }) => {
    const owner = user === "" ? { uid: 0, gid: 0 } : ownerOf(rootfs, user);
    await parts.files.run({ kind: "make-directory", into: rootfs, path, owner }, signal);
  });
}

function sentEntries(tree: SentTree, sources: readonly string[]) {
  return tree.entriesBelow(select(tree, sources).flatMap(({ place, path }) => [place, path]));
}

function ownerOf(rootfs: string, user: string): Owner {
  const [name = "", group] = user.split(":");
  const { uid, gid } = resolveUser(rootfs, user);
  // A bare number is the group's number, too.
  return group === undefined && /^\d+$/.test(name) ? { uid, gid: uid } : { uid, gid };
}

function copyTask(request: CopyRequest, from: TreeSource, into: string, owner: Owner | undefined): CopyTask {
  const { sources, excludes, parents, destination, chmod } = request;
  return {
    kind: "copy",
    from,
    sources,
    excludes,
    parents,
    into,
    destination,
    leaveOut: [],
    ...(owner !== undefined && { owner }),
    ...(chmod !== undefined && { mode: chmod }),
  };
}

function writeTask(request: CopyRequest, into: string, owner: Owner = { uid: 0, gid: 0 }): WriteTask {
  const { files, destination, chmod, sources } = request;
  return {
    kind: "write",
    into,
    destination,
    files,
    owner,
    toDirectory: destination.endsWith("/") || files.length + sources.length > 1,
    timeSeconds: request.latestSeconds ?? 0,
    ...(chmod !== undefined && { mode: chmod }),
  };
}
