import { Cleanup } from "../base/cleanup.ts";
import type { BuildRequest } from "./build-request.ts";
import type { BuildObserver, BuildOutcome } from "./build-service.ts";
import type { ImageDraft } from "./graph/image-draft.ts";
import { ImageFiles } from "./image-files.ts";
import { Leases } from "./leases.ts";
import type { BuildParts, Snapshot } from "./ops/build-parts.ts";
import { buildMetadata } from "./output/build-metadata.ts";
import type { BuiltImage } from "./output/built-image.ts";
import { deliverOutputs } from "./output/deliver-outputs.ts";
import type { OutputShelf } from "./output/output-shelf.ts";
import { outputWishes } from "./output/output-wish.ts";
import { type Origin, provenanceAttestation } from "./output/provenance.ts";
import { latestSecondsOf, type PlannedTarget, planTargets } from "./plan-targets.ts";
import type { KnownStep } from "./portable-cache/describe-cache.ts";
import { exportCaches } from "./portable-cache/export-caches.ts";
import { ImportedCaches } from "./portable-cache/imported-caches.ts";
import { withInlineCache } from "./portable-cache/inline-cache.ts";
import type { Build, Solver } from "./solver/solver.ts";

export interface RunningBuild {
  parts: BuildParts;
  solver: Solver<Snapshot>;
  shelf: OutputShelf;
  request: BuildRequest;
  signal: AbortSignal;
  observer: BuildObserver;
}

/** One build from its Dockerfile to its result. */
export async function runBuild(running: RunningBuild): Promise<BuildOutcome> {
  const { parts, request, observer } = running;
  const startedOn = new Date();
  const wishes = outputWishes(request);
  await using cleanup = new Cleanup((what, error) => parts.log.error(`after a build: ${what}`, error));
  const targets = await planTargets({ ...running, cleanup });
  const leases = new Leases(parts);
  const build = startBuild(running, leases);
  const files = new ImageFiles(parts, build, latestSecondsOf(request));
  try {
    observer.planned(files.plan(targets.flatMap(({ planner }) => planner.lines())));
    const built = await Promise.all(targets.map((target) => buildTarget(build, files, target)));
    const origins = targets.map((target) => originOf(target, request, startedOn));
    const images = built.map((one, at) => finished(one, origins[at] as Origin, parts));
    const delivered = await deliverOutputs({ ...running, images }, wishes);
    const caches = await exportCaches({ ...running, steps: await exportedSteps(build, built) });
    const { imageId, outputs } = delivered;
    const metadata = buildMetadata(origins, delivered);
    return { metadata, outputs, caches, ...(imageId !== undefined && { imageId }) };
  } finally {
    await build.settled();
    await leases.end();
    await parts.layers.sync();
  }
}

function startBuild(running: RunningBuild, leases: Leases): Build<Snapshot> {
  const caches = new ImportedCaches(running);
  return running.solver.build({
    signal: running.signal,
    hold: (snapshot) => leases.take(snapshot),
    observe: running.observer.step,
    imported: (key, below) => caches.find(key, below ?? {}),
    importFailed: (step, error) => caches.failed(step.name, error),
  });
}

/** An image as its Dockerfile makes it, and the steps whose layers it has. */
interface BuiltTarget extends BuiltImage {
  steps: readonly KnownStep[];
}

async function buildTarget(
  build: Build<Snapshot>,
  files: ImageFiles,
  { platform, stage: { draft, step } }: PlannedTarget,
): Promise<BuiltTarget> {
  const fileSystem = await files.result(step);
  const config = await files.file(draft, step);
  return { platform, fileSystem, config, steps: await ownSteps(build, draft) };
}

async function ownSteps(build: Build<Snapshot>, { history }: ImageDraft): Promise<KnownStep[]> {
  const own = new Set(history.map(({ step }) => step));
  return (await build.solved()).filter(({ step }) => own.has(step));
}

/** What caches are made of. */
async function exportedSteps(build: Build<Snapshot>, built: readonly BuiltTarget[]) {
  return { all: await build.solved(), ofResult: built.flatMap(({ steps }) => steps) };
}

/** With what it is to carry and what is to be said of it. */
function finished(target: BuiltTarget, origin: Origin, { layers }: BuildParts): BuiltImage {
  const { cacheTo, attestations } = origin.request;
  const isInline = cacheTo.some(({ type }) => type === "inline");
  const { platform, fileSystem, steps } = target;
  const config = isInline ? withInlineCache(target.config, steps, layers) : target.config;
  const attestation = attestations.provenance && provenanceAttestation(origin, attestations.provenance);
  return { platform, fileSystem, config, ...(attestation && { attestation }) };
}

function originOf({ platform, planner }: PlannedTarget, request: BuildRequest, startedOn: Date): Origin {
  const isReproducible = planner.options.latestSeconds !== undefined;
  return { request, platform, materials: planner.materials(), startedOn, isReproducible };
}
