import type { CopyGroup, CopyRequest, CopySource } from "../ops/copy.ts";
import { copyFiles, copyManifest, makeDirectory } from "../ops/copy.ts";
import type { BuildParts, Snapshot } from "../ops/build-parts.ts";
import { runCommand, type RunRequest } from "../ops/run.ts";
import type { SentTree } from "../ops/files/sent-tree.ts";
import { parentOf } from "./fixed-step.ts";
import { copyLinked } from "../ops/linked-layers.ts";
import { cacheKey } from "../solver/cache-key.ts";
import type { Manifest, Step } from "../solver/step.ts";

/** What every step is told of its place in the build. */
export interface Placed {
  name: string;
  slot: string;
  ignoreCache: boolean;
}

/** Where a copy takes from. */
export type CopyFrom = ({ tree: SentTree } | { step: Step<Snapshot> }) & CopyGroup;

/** A COPY or ADD. What the sources hold is its key, not where it comes from. */
export function copyStep(
  parts: BuildParts,
  placed: Placed,
  { parent, from, request }: { parent: Step<Snapshot>; from: readonly CopyFrom[]; request: CopyRequest },
): Step<Snapshot> {
  const sourcesOf = (others: readonly Snapshot[]): CopySource[] => {
    const left = [...others];
    return from.map((each) => ("tree" in each ? each : { ...each, snapshot: left.shift() ?? {} }));
  };
  return {
    ...placed,
    type: "regular",
    inputs: [parent, ...from.flatMap((each) => ("tree" in each ? [] : [each.step]))],
    manifest: async ([below = {}, ...others]) => {
      const sums = sourcesOf(others).map((source) => copyManifest(parts, source, request.excludes));
      const facts = { ...copyFacts(from, request), "the step before": parentOf(below) };
      return Object.assign(facts, ...(await Promise.all(sums))) as Manifest;
    },
    run: async ([below = {}, ...others], context) => {
      const made = () => copyFiles(parts, below, sourcesOf(others), request, context);
      if (request.link !== true) return await made();
      const sums = sourcesOf(others).map((source) => copyManifest(parts, source, request.excludes));
      const key = cacheKey(Object.assign(copyFacts(from, request), ...(await Promise.all(sums))) as Manifest);
      return await copyLinked(parts, below, { key, fresh: placed.ignoreCache, made, signal: context.signal });
    },
  };
}

function copyFacts(from: readonly CopyFrom[], { files, ...request }: CopyRequest): Manifest {
  const groups = from.map(({ sources, unpacks }) => ({ sources, unpacks }));
  return {
    operation: "copy",
    instruction: JSON.stringify({ groups, ...request }),
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
