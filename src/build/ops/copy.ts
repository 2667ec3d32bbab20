import { existsSync } from "node:fs";
import { join } from "node:path";
import { resolveUser } from "../../runtime/spec/user.ts";
import type { Manifest, StepContext } from "../solver/step.ts";
import type { BuildParts, Snapshot } from "./build-parts.ts";
import { digestSelection } from "./files/digest-selection.ts";
import type { CopyTask, DigestTask, Owner, PlaceTask, TreeSource, WriteTask } from "./files/files-task.ts";
import type { SentTree } from "./files/sent-tree.ts";
import { select } from "./files/select.ts";
import { archivesAmong, unpackArchive } from "./files/unpack-archive.ts";
import { makeLayer, type Place, withView } from "./make-layer.ts";

/** Where a COPY or ADD takes from, and what. */
export type CopySource = ({ tree: SentTree } | { snapshot: Snapshot }) & CopyGroup;

/** Sources that are of one tree. */
export interface CopyGroup {
  /** What tells its files from another tree's in explanations; empty for the client's context. */
  label: string;
  sources: readonly string[];
  /** Archives among the sources are unpacked at the destination. */
  unpacks: boolean;
}

/** A COPY or ADD of files, with every variable replaced. */
export interface CopyRequest {
  excludes: readonly string[];
  parents: boolean;
  /** Absolute; with a slash at its end it is a directory in any case. */
  destination: string;
  /** `USER[:GROUP]`, by the names of the file system that is written to. */
  chown?: string;
  chmod?: string;
  files: readonly { name: string; content: string }[];
  latestSeconds?: number;
  /** The layer owes nothing to those below: links of theirs are not followed, their directories not looked at. */
  link?: true;
}

/** What it reads: the sum of each file. Throws not-found for a source that is not there. */
export async function copyManifest(
  parts: BuildParts,
  source: CopySource,
  excludes: readonly string[],
): Promise<Manifest> {
  const { sources, label } = source;
  const prefix = `file ${label}`;
  if ("tree" in source) return digestSelection(source.tree, sources, excludes, prefix);
  const entries = await snapshotSums(parts, source.snapshot, { sources, excludes });
  return Object.fromEntries(Object.entries(entries).map(([path, sum]) => [prefix + path, sum]));
}

/** Layers never change: what was read of one is remembered. */
async function snapshotSums(
  parts: BuildParts,
  snapshot: Snapshot,
  selection: Pick<DigestTask, "sources" | "excludes">,
): Promise<Record<string, string>> {
  const key = JSON.stringify([snapshot.chainId, selection]);
  const known = parts.sums.get(key);
  if (known !== undefined) return known;
  const sums = await withView(parts, snapshot, (directory) =>
    parts.files.run<Record<string, string>>({ kind: "digest", directory, ...selection }),
  );
  parts.sums.set(key, sums);
  return sums;
}

/** The layer with the files on top of `parent`. */
export async function copyFiles(
  parts: BuildParts,
  parent: Snapshot,
  sources: readonly CopySource[],
  request: CopyRequest,
  { signal }: StepContext,
): Promise<Snapshot> {
  const { latestSeconds, link } = request;
  const options = {
    signal,
    ...(latestSeconds !== undefined && { latestSeconds }),
    ...(link && parent.chainId !== undefined && { onto: parent.chainId }),
  };
  const used = sources.filter((source) => source.sources.length > 0);
  const last = used.at(-1);
  const deferring = last !== undefined && "tree" in last ? last.tree : undefined;
  const work = async ({ rootfs, directory }: Place) => {
    const owner = request.chown === undefined ? undefined : ownerOf(rootfs, request.chown);
    if (request.files.length > 0) await parts.files.run(writeTask(request, rootfs, owner), signal);
    for (const source of used) {
      const copying = { request, source, rootfs, signal, ...(owner && { owner }) };
      if ("snapshot" in source)
        await withView(parts, source.snapshot, (from) => copy(parts, { directory: from }, copying));
      // What is deferred comes after everything else.
      else if (source === last)
        await copyFromTree(parts, source.tree, { ...copying, deferTo: deferredIn(directory) });
      else await copyFromTree(parts, source.tree, copying);
    }
  };
  return await makeLayer(parts, link ? {} : parent, options, work, async ({ directory }, upper) => {
    if (deferring === undefined) return;
    const task: PlaceTask = {
      kind: "place",
      deferred: deferredIn(directory),
      into: upper,
      contents: deferring.contents,
      below: parent.chainId === undefined ? [] : parts.layers.sharedFileLists(parent.chainId),
    };
    if (existsSync(task.deferred)) await parts.placing.run("", () => parts.files.run(task, signal));
  });
}

function deferredIn(directory: string): string {
  return join(directory, "deferred");
}

interface Copying {
  request: CopyRequest;
  source: CopyGroup;
  rootfs: string;
  owner?: Owner;
  deferTo?: string;
  signal: AbortSignal;
}

async function copyFromTree(parts: BuildParts, tree: SentTree, copying: Copying): Promise<void> {
  const { source, rootfs, request, owner, signal } = copying;
  const found = select(tree, source.sources);
  const archives = source.unpacks ? await archivesAmong(tree, found) : [];
  const into = { rootfs, directory: request.destination, ...(owner && { owner }) };
  for (const { path } of archives) await unpackArchive(path, into, signal);
  const leaveOut = archives.map(({ place }) => place);
  if (found.every(({ place }) => leaveOut.includes(place))) return;
  const lines = tree.linesBelow(found.flatMap(({ place, path }) => [place, path]));
  await copy(parts, { lines, contents: tree.contents }, copying, leaveOut);
}

async function copy(
  parts: BuildParts,
  from: TreeSource,
  { request, source, rootfs, owner, deferTo, signal }: Copying,
  leaveOut: readonly string[] = [],
): Promise<void> {
  const { excludes, parents, destination, chmod, latestSeconds } = request;
  const task: CopyTask = {
    kind: "copy",
    from,
    sources: source.sources,
    excludes,
    parents,
    into: rootfs,
    destination,
    leaveOut,
    ...(owner !== undefined && { owner }),
    ...(deferTo !== undefined && { deferTo }),
    ...(chmod !== undefined && { mode: chmod }),
    ...(latestSeconds !== undefined && { timeSeconds: latestSeconds }),
  };
  await parts.files.run(task, signal);
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

function ownerOf(rootfs: string, user: string): Owner {
  const [name = "", group] = user.split(":");
  const { uid, gid } = resolveUser(rootfs, user);
  // A bare number is the group's number, too.
  return group === undefined && /^\d+$/.test(name) ? { uid, gid: uid } : { uid, gid };
}

function writeTask(request: CopyRequest, into: string, owner: Owner = { uid: 0, gid: 0 }): WriteTask {
  const { files, destination, chmod } = request;
  return {
    kind: "write",
    into,
    destination,
    files,
    owner,
    toDirectory: destination.endsWith("/"),
    timeSeconds: request.latestSeconds ?? 0,
    ...(chmod !== undefined && { mode: chmod }),
  };
}
