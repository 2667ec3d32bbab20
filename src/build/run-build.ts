import { createHash } from "node:crypto";
import { basename } from "node:path";
import { newId } from "../base/ids.ts";
import type { Digest } from "../spec/digest.ts";
import type { ImageConfigFile } from "../spec/oci-image.ts";
import { hostPlatform } from "../spec/platform.ts";
import { familiarName } from "../spec/reference.ts";
import type { BuildRequest } from "./build-request.ts";
import type { BuildObserver, BuildOutcome, BuildPlan } from "./build-service.ts";
import { parseDockerfile } from "./dockerfile/parse-dockerfile.ts";
import { resolveBaseImage } from "./graph/base-images.ts";
import type { ImageDraft } from "./graph/image-draft.ts";
import { imageFile } from "./graph/image-file.ts";
import { Planner } from "./graph/planner.ts";
import type { StageState } from "./graph/stage-state.ts";
import { predefinedArguments } from "./instructions/predefined-args.ts";
import { readInstructions } from "./instructions/read-instructions.ts";
import { globalArguments } from "./instructions/scope.ts";
import type { BuildParts, Snapshot } from "./ops/build-parts.ts";
import type { Build, Solver } from "./solver/solver.ts";
import type { Step } from "./solver/step.ts";

export interface RunningBuild {
  parts: BuildParts;
  solver: Solver<Snapshot>;
  request: BuildRequest;
  signal: AbortSignal;
  observer: BuildObserver;
}

/** One build from its Dockerfile to its image. */
export async function runBuild(running: RunningBuild): Promise<BuildOutcome> {
  const { parts, solver, request, signal, observer } = running;
  const planner = plannerOf(running);
  const target = await planner.target();
  const leases = new Leases(parts);
  const build = solver.build({ signal, hold: (snapshot) => leases.take(snapshot), observe: observer.step });
  try {
    const done = new Map<Step<Snapshot>, Snapshot>();
    const result = async (step: Step<Snapshot>) => {
      const snapshot = await build.result(step);
      done.set(step, snapshot);
      return snapshot;
    };
    const fileOf = async (draft: ImageDraft, step: Step<Snapshot>) => {
      await Promise.all(
        draft.history.flatMap((entry) => (entry.step === undefined ? [] : [result(entry.step)])),
      );
      return finished(planner, draft, await result(step), done);
    };
    observer.planned(planOf(planner, result, fileOf));
    const { draft } = labelled(target, request);
    const config = await fileOf(draft, target.step);
    return { config, imageId: await record(parts, request, config) };
  } finally {
    await build.settled();
    await leases.end();
    await parts.layers.sync();
  }
}

function plannerOf({ parts, request, signal, observer }: RunningBuild): Planner {
  const dockerfile = readInstructions(parseDockerfile(request.dockerfile.text));
  const platform = request.platform ?? hostPlatform();
  const predefined = predefinedArguments(hostPlatform(), platform, request.target);
  const globals = globalArguments(dockerfile, request.buildArgs, predefined);
  const epoch = request.buildArgs.get("SOURCE_DATE_EPOCH") ?? "";
  return new Planner({
    parts,
    dockerfile,
    request,
    globals,
    platform,
    project: projectOf(request),
    ...(/^\d+$/.test(epoch) && { latestSeconds: Number(epoch) }),
    resolveImage: (reference, wanted) =>
      resolveBaseImage({ images: parts.images, request, signal, progress: observer.pull }, reference, wanted),
  });
}

/** Builds of one name, or else of one Dockerfile's name, are compared with each other. */
function projectOf({ tags, dockerfile }: BuildRequest): string {
  const [tag] = tags;
  return `${tag === undefined ? "" : familiarName(tag)}:${basename(dockerfile.name)}`;
}

function planOf(
  planner: Planner,
  result: (step: Step<Snapshot>) => Promise<Snapshot>,
  fileOf: (draft: ImageDraft, step: Step<Snapshot>) => Promise<ImageConfigFile>,
): BuildPlan {
  return {
    lines: planner.lines(),
    result,
    imageId: async ({ draft, fileSystem }) => {
      const bytes = JSON.stringify(await fileOf(draft, fileSystem));
      return `sha256:${createHash("sha256").update(bytes).digest("hex")}` as Digest;
    },
  };
}

function finished(
  { options: { parts, latestSeconds } }: Planner,
  draft: ImageDraft,
  snapshot: Snapshot,
  done: ReadonlyMap<Step<Snapshot>, Snapshot>,
): ImageConfigFile {
  return imageFile(draft, snapshot, {
    layers: parts.layers,
    resultOf: (step) => done.get(step) ?? {},
    ...(latestSeconds !== undefined && { latestSeconds }),
  });
}

/** `--label`. */
function labelled(target: StageState, { labels }: BuildRequest): StageState {
  const { config } = target.draft;
  if (Object.keys(labels).length > 0) config.Labels = { ...config.Labels, ...labels };
  return target;
}

/** What the image promises has reached the disk before it has a name. */
async function record(parts: BuildParts, request: BuildRequest, config: ImageConfigFile): Promise<Digest> {
  await parts.layers.sync();
  const id = parts.images.add(Buffer.from(JSON.stringify(config)));
  for (const tag of request.tags) parts.images.name(id, tag);
  return id;
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

export type { Build };
