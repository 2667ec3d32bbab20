import type { CopyRequest, CopySource } from "../ops/copy.ts";
import { copyFiles, copyManifest, makeDirectory } from "../ops/copy.ts";
import type { BuildParts, Snapshot } from "../ops/build-parts.ts";
import { runCommand, type RunRequest } from "../ops/run.ts";
import type { SentTree } from "../ops/files/sent-tree.ts";
import type { Manifest, Step } from "../solver/step.ts";

/** What every step is told of its place in the build. */
export interface Placed {
  name: string;
  slot: string;
  ignoreCache: boolean;
}

/** A file system that is there: an image's, or the empty one. */
export function fixedStep(name: string, snapshot: Snapshot): Step<Snapshot> {
  return {
    name,
    slot: name,
    type: "regular",
    inputs: [],
    ephemeral: true,
    ignoreCache: true,
    manifest: () => ({ image: parentOf(snapshot) }),
    run: async () => snapshot,
  };
}

/** Where a copy takes from. */
export type CopyFrom = { tree: SentTree } | { step: Step<Snapshot> };

/** A COPY or ADD. What the sources hold is its key, not where it comes from. */
export function copyStep(
  parts: BuildParts,
  placed: Placed,
  { parent, from, request }: { parent: Step<Snapshot>; from: CopyFrom; request: CopyRequest },
): Step<Snapshot> {
  const sourceOf = (other: Snapshot | undefined): CopySource =>
    "tree" in from ? from : { snapshot: other ?? {} };
  return {
    ...placed,
    type: "regular",
    inputs: "tree" in from ? [parent] : [parent, from.step],
    manifest: async ([below = {}, other]) => ({
      ...copyFacts(request),
      "the step before": parentOf(below),
      ...(await copyManifest(parts, sourceOf(other), request)),
    }),
    run: ([below = {}, other], context) => copyFiles(parts, below, sourceOf(other), request, context),
  };
}

function copyFacts({ files, ...request }: CopyRequest): Manifest {
  return {
    operation: "copy",
    instruction: JSON.stringify(request),
    ...Object.fromEntries(files.map(({ name, content }) => [`inline file ${name}`, content])),
  };
}

export function directoryStep(
  parts: BuildParts,
  placed: Placed,
  { parent, ...request }: { parent: Step<Snapshot>; path: string; user: string; latestSeconds?: number },
): Step<Snapshot> {
  return {
    ...placed,
    type: "regular",
    inputs: [parent],
    manifest: ([below = {}]) => ({
      operation: "make directory",
      instruction: JSON.stringify(request),
      "the step before": parentOf(below),
    }),
    run: ([below = {}], context) => makeDirectory(parts, below, request, context),
  };
}

/** A RUN. `inputs` are the steps it mounts, after the one it stands on. */
export function runStep(
  parts: BuildParts,
  placed: Placed,
  step: {
    parent: Step<Snapshot>;
    inputs: readonly Step<Snapshot>[];
    manifest: (mounted: readonly Snapshot[]) => Manifest | Promise<Manifest>;
    request: (mounted: readonly Snapshot[]) => RunRequest;
  },
): Step<Snapshot> {
  return {
    ...placed,
    type: "regular",
    inputs: [step.parent, ...step.inputs],
    manifest: async ([below = {}, ...mounted]) => ({
      operation: "run",
      "the step before": parentOf(below),
      ...(await step.manifest(mounted)),
    }),
    run: ([below = {}, ...mounted], context) => runCommand(parts, below, step.request(mounted), context),
  };
}

/** A snapshot in a manifest: what it holds. */
export function parentOf({ chainId }: Snapshot): string {
  return chainId ?? "empty";
}
