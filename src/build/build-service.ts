import type { Progress } from "../images/image-service.ts";
import type { Digest } from "../spec/digest.ts";
import type { BuildRequest } from "./build-request.ts";
import type { CallAnswer } from "./calls/answer-call.ts";
import type { CacheRecord } from "./cache/cache-records.ts";
import type { PlannedLine } from "./graph/stage-state.ts";
import type { LintWarning } from "./instructions/lint-warning.ts";
import type { Snapshot } from "./ops/build-parts.ts";
import type { Step, StepObserver } from "./solver/step.ts";

/** A build's instructions once they are understood, and what has come of them. */
export interface BuildPlan {
  lines: readonly PlannedLine[];
  /** Resolves with the step's result. */
  result(step: Step<Snapshot>): Promise<Snapshot>;
  /** The id of the image a line stands for. */
  imageId(line: PlannedLine): Promise<Digest>;
}

/** Who follows a build. */
export interface BuildObserver {
  planned(plan: BuildPlan): void;
  step: StepObserver<Snapshot>;
  /** A base image's pull, while it is a task. */
  pull: Progress;
  /** Something besides the steps: looking for a base image, writing the result. */
  task(name: string): TaskReport;
}

/** A task under way. */
export interface TaskReport {
  status: Progress;
  /** A finding of the Dockerfile's checks. */
  warn: (warning: LintWarning) => void;
  end(error?: unknown): void;
}

export interface BuildOutcome {
  /** Undefined where no image was asked for. */
  imageId?: Digest;
  /** What `--metadata-file` gets. */
  metadata: Record<string, unknown>;
  /** Results to be fetched, by their id on the shelf. */
  outputs: string[];
  /** Caches for the client, likewise. */
  caches: string[];
}

/** A step's record or a cache mount, and whether something needs it. */
export interface CacheUsage extends Omit<CacheRecord, "key" | "snapshot"> {
  inUse: boolean;
  /** An image holds its layer, too. */
  shared: boolean;
}

export interface PruneOptions {
  /** Those that images share, too. */
  all: boolean;
  filters: Record<string, string[]>;
  /** Stops once no more than this is kept. */
  keepBytes?: number;
}

/** The image builder. */
export interface BuildService {
  /**
   * Builds, and names the image. Throws DockerfileErrors, RunFailed and whatever else went wrong; nothing stays of what was under way,
   * finished steps are kept for the next build.
   */
  build(
    request: BuildRequest,
    options: { id?: string; signal: AbortSignal; observer: BuildObserver },
  ): Promise<BuildOutcome>;
  /** `call=check|outline|targets`: answers for a Dockerfile in place of building it. Throws DockerfileErrors. */
  answer(method: string, request: BuildRequest): Promise<CallAnswer>;
  /** Ends a build that was given an id. Unknown ids are fine. */
  cancel(id: string): void;
  usage(): Promise<CacheUsage[]>;
  prune(options: PruneOptions): Promise<{ CachesDeleted: string[]; SpaceReclaimed: number }>;
  /** At start, after containers and images: gives back what a crash left. */
  reconcile(): Promise<void>;
  /** Ends every build and the children. */
  close(): Promise<void>;
}
