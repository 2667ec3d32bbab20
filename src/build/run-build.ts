import { createHash } from "node:crypto";
import { basename } from "node:path";
import { Cleanup } from "../base/cleanup.ts";
import { newId } from "../base/ids.ts";
import type { Digest } from "../spec/digest.ts";
import type { ImageConfigFile, Platform } from "../spec/oci-image.ts";
import { hostPlatform } from "../spec/platform.ts";
import { familiarName } from "../spec/reference.ts";
import type { BuildRequest } from "./build-request.ts";
import { readForBuild } from "./calls/read-for-build.ts";
import type { BuildObserver, BuildOutcome, BuildPlan } from "./build-service.ts";
import { type BaseImage, imageName, resolveBaseImage } from "./graph/base-images.ts";
import type { ImageDraft } from "./graph/image-draft.ts";
import { imageFile } from "./graph/image-file.ts";
import { Planner } from "./graph/planner.ts";
import type { StageState } from "./graph/stage-state.ts";
import { predefinedArguments } from "./instructions/predefined-args.ts";
import type { Dockerfile } from "./instructions/instruction.ts";
import { lintReporter } from "./instructions/lint-config.ts";
import type { Warn } from "./instructions/lint-rules.ts";
import { globalArguments } from "./instructions/scope.ts";
import type { BuildParts, Snapshot } from "./ops/build-parts.ts";
import { deliverOutputs } from "./output/deliver-outputs.ts";
import type { OutputShelf } from "./output/output-shelf.ts";
import { exportCaches } from "./portable-cache/export-caches.ts";
import { ImportedCaches } from "./portable-cache/imported-caches.ts";
import { withInlineCache } from "./portable-cache/inline-cache.ts";
import { buildMetadata } from "./output/build-metadata.ts";
import type { Build, Solver } from "./solver/solver.ts";
import type { Step } from "./solver/step.ts";

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
  const { parts, solver, request, signal, observer } = running;
  const startedOn = new Date();
  await using cleanup = new Cleanup((what, error) => parts.log.error(`after a build: ${what}`, error));
  const planner = plannerOf(running, cleanup);
  const target = await planner.target();
  const leases = new Leases(parts);
  const caches = new ImportedCaches(running);
  const build = solver.build({
    signal,
    hold: (snapshot) => leases.take(snapshot),
    observe: observer.step,
    imported: (key, below) => caches.find(key, below ?? {}),
    importFailed: (step, error) => caches.failed(step.name, error),
  });
  const images = new ImageFiles(planner, build);
  try {
    observer.planned(images.plan());
    const { draft, step } = labelled(target, request);
    const fileSystem = await images.result(step);
    const steps = await exportedSteps(build, draft);
    const plain = await images.file(draft, step);
    const isInline = request.cacheTo.some(({ type }) => type === "inline");
    const config = isInline ? withInlineCache(plain, steps.ofResult, parts.layers) : plain;
    const delivered = await deliverOutputs({ ...running, fileSystem, config });
    const shelved = await exportCaches({ ...running, steps });
    const metadata = buildMetadata({ request, planner, startedOn, imageId: delivered.imageId });
    return { config, metadata, ...delivered, caches: shelved };
  } finally {
    await build.settled();
    await leases.end();
    await parts.layers.sync();
  }
}

function plannerOf({ parts, request, signal, observer }: RunningBuild, cleanup: Cleanup): Planner {
  const { file: dockerfile, warn } = readDockerfile(request, parts, observer);
  const platform = request.platform ?? hostPlatform();
  const predefined = predefinedArguments(hostPlatform(), platform, request.target);
  const globals = globalArguments(dockerfile, request.buildArgs, predefined);
  const epoch = request.buildArgs.get("SOURCE_DATE_EPOCH") ?? "";
  const resolveImage = async (reference: string, wanted: Platform | undefined): Promise<BaseImage> => {
    const task = observer.task(`[internal] load metadata for ${imageName(reference)}`);
    try {
      const options = { images: parts.images, request, signal, progress: task.status };
      const image = await resolveBaseImage(options, reference, wanted);
      task.end();
      return image;
    } catch (error) {
      task.end(error);
      throw error;
    }
  };
  return new Planner({
    parts,
    dockerfile,
    request,
    globals,
    platform,
    warn,
    signal,
    cleanup,
    project: projectOf(request),
    ...(/^\d+$/.test(epoch) && { latestSeconds: Number(epoch) }),
    resolveImage,
  });
}

/** The Dockerfile, and how findings that come up later are told. */
function readDockerfile(
  request: BuildRequest,
  { images }: BuildParts,
  observer: BuildObserver,
): { file: Dockerfile; warn: Warn } {
  const task = observer.task(`[internal] load build definition from ${basename(request.dockerfile.name)}`);
  try {
    const { file, config } = readForBuild(request, images, task.warn);
    return { file, warn: lintReporter(config, task.warn) };
  } finally {
    // It was loaded, whatever it says: what is wrong with it is told with its lines.
    task.end();
  }
}

/** Builds of one name, or else of one Dockerfile's name, are compared with each other. */
function projectOf({ tags, dockerfile }: BuildRequest): string {
  const [tag] = tags;
  return `${tag === undefined ? "" : familiarName(tag)}:${basename(dockerfile.name)}`;
}

/** The images that a build's stages are, once their steps have come to something. */
class ImageFiles {
  readonly #planner: Planner;
  readonly #build: Build<Snapshot>;
  readonly #done = new Map<Step<Snapshot>, Snapshot>();

  constructor(planner: Planner, build: Build<Snapshot>) {
    this.#planner = planner;
    this.#build = build;
  }

  async result(step: Step<Snapshot>): Promise<Snapshot> {
    const snapshot = await this.#build.result(step);
    this.#done.set(step, snapshot);
    return snapshot;
  }

  async file(draft: ImageDraft, step: Step<Snapshot>): Promise<ImageConfigFile> {
    const { parts, latestSeconds } = this.#planner.options;
    const own = draft.history.flatMap((entry) => (entry.step === undefined ? [] : [this.result(entry.step)]));
    await Promise.all(own);
    return imageFile(draft, await this.result(step), {
      layers: parts.layers,
      resultOf: (each) => this.#done.get(each) ?? {},
      ...(latestSeconds !== undefined && { latestSeconds }),
    });
  }

  plan(): BuildPlan {
    return {
      lines: this.#planner.lines(),
      result: (step) => this.result(step),
      imageId: async ({ draft, fileSystem }) => {
        const bytes = JSON.stringify(await this.file(draft, fileSystem));
        return `sha256:${createHash("sha256").update(bytes).digest("hex")}` as Digest;
      },
    };
  }
}

/** What caches are made of: the steps whose layers the image has, and all. */
async function exportedSteps(build: Build<Snapshot>, { history }: ImageDraft) {
  const all = await build.solved();
  const own = new Set(history.map(({ step }) => step));
  return { all, ofResult: all.filter(({ step }) => own.has(step)) };
}

/** `--label`. */
function labelled(target: StageState, { labels }: BuildRequest): StageState {
  const { config } = target.draft;
  if (Object.keys(labels).length > 0) config.Labels = { ...config.Labels, ...labels };
  return target;
}

/** Keeps the layers of a build's results from being freed. */
class Leases {
  readonly #parts: BuildParts;
  readonly #user = `lease:${newId()}`;
  readonly #held = new Set<NonNullable<Snapshot["chainId"]>>();

  constructor(parts: BuildParts) {
    this.#parts = parts;
  }

  take({ chainId }: Snapshot): void {
    if (chainId === undefined || this.#held.has(chainId)) return;
    this.#parts.layers.retain(chainId, this.#user);
    this.#held.add(chainId);
  }

  async end(): Promise<void> {
    for (const chainId of this.#held) await this.#parts.layers.release(chainId, this.#user);
  }
}
