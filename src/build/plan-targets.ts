import { basename } from "node:path";
import type { Cleanup } from "../base/cleanup.ts";
import type { Platform } from "../spec/oci-image.ts";
import { formatPlatform, hostPlatform } from "../spec/platform.ts";
import { familiarName } from "../spec/reference.ts";
import type { BuildRequest } from "./build-request.ts";
import type { BuildObserver } from "./build-service.ts";
import { readForBuild } from "./calls/read-for-build.ts";
import { type BaseImage, imageName, resolveBaseImage } from "./graph/base-images.ts";
import type { Dockerfile } from "./instructions/instruction.ts";
import { lintReporter } from "./instructions/lint-config.ts";
import type { Warn } from "./instructions/lint-rules.ts";
import { copyDraft } from "./graph/image-draft.ts";
import { Planner, type PlannerOptions } from "./graph/planner.ts";
import type { StageState } from "./graph/stage-state.ts";
import { predefinedArguments } from "./instructions/predefined-args.ts";
import { globalArguments } from "./instructions/scope.ts";
import type { BuildParts } from "./ops/build-parts.ts";

export interface PlanOptions {
  parts: BuildParts;
  request: BuildRequest;
  signal: AbortSignal;
  observer: BuildObserver;
  /** For what is to be given back at the build's end. */
  cleanup: Cleanup;
}

/** What is built for one platform. */
export interface PlannedTarget {
  platform: Platform;
  planner: Planner;
  stage: StageState;
}

/** The stage to be built, once for each platform that is asked for. Throws DockerfileError. */
export async function planTargets(options: PlanOptions): Promise<PlannedTarget[]> {
  const { request } = options;
  const { file, warn } = readDockerfile(options);
  const platforms = request.platforms.length > 0 ? request.platforms : [hostPlatform()];
  const targets: PlannedTarget[] = [];
  for (const platform of platforms) {
    const planner = plannerFor(options, { dockerfile: file, warn, platform });
    targets.push({ platform, planner, stage: labelled(planner, await planner.target(), request) });
  }
  return targets;
}

/** SOURCE_DATE_EPOCH. */
export function latestSecondsOf({ buildArgs }: BuildRequest): number | undefined {
  const epoch = buildArgs.get("SOURCE_DATE_EPOCH") ?? "";
  return /^\d+$/.test(epoch) ? Number(epoch) : undefined;
}

function plannerFor(
  { parts, request, signal, observer, cleanup }: PlanOptions,
  { dockerfile, warn, platform }: Pick<PlannerOptions, "dockerfile" | "warn" | "platform">,
): Planner {
  const predefined = predefinedArguments(hostPlatform(), platform, request.target);
  const globals = globalArguments(dockerfile, request.buildArgs, predefined);
  const latestSeconds = latestSecondsOf(request);
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
    label: request.platforms.length > 1 ? `${formatPlatform(platform)} ` : "",
    signal,
    cleanup,
    project: projectOf(request),
    ...(latestSeconds !== undefined && { latestSeconds }),
    resolveImage,
  });
}

/** The Dockerfile, and how findings that come up later are told. */
function readDockerfile({ request, parts: { images }, observer }: PlanOptions): {
  file: Dockerfile;
  warn: Warn;
} {
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

/** `--label`. To the classic builder each is an instruction at the end; BuildKit's history does not tell of them. */
function labelled(planner: Planner, stage: StageState, { labels }: BuildRequest): StageState {
  const { draft, step: fileSystem, index } = stage;
  const range = planner.lines().findLast((line) => line.stage === index)?.range ?? {
    startLine: 1,
    endLine: 1,
  };
  for (const [name, value] of Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))) {
    draft.config.Labels = { ...draft.config.Labels, [name]: value };
    const text = `LABEL ${name}=${value}`;
    planner.note({ text, range, stage: index, draft: copyDraft(draft), fileSystem });
  }
  return stage;
}
