import { messageOf } from "../../base/errors.ts";
import { shortId } from "../../base/ids.ts";
import type { ProgressMessage } from "../../images/image-service.ts";
import { familiarString } from "../../spec/reference.ts";
import type { BuildMessage } from "../../spec/api/build.ts";
import type { BuildRequest } from "../build-request.ts";
import type { BuildObserver, BuildOutcome, BuildPlan, TaskReport } from "../build-service.ts";
import type { PlannedLine } from "../graph/stage-state.ts";
import type { Snapshot } from "../ops/build-parts.ts";
import { UnresolvedImage } from "../instructions/missing-target.ts";
import type { RunFailed } from "../ops/run.ts";
import { failedStep, unconsumedArguments } from "./classic-facts.ts";
import type { Step, StepEvent } from "../solver/step.ts";

type Emit = (message: BuildMessage) => void;

/** What the classic builder sends: its text, line for line in the order of the Dockerfile, whatever ran side by side. */
export class ClassicOutput implements BuildObserver {
  readonly #emit: Emit;
  readonly #events = new Map<Step<Snapshot>, StepEvent[]>();
  /** The step whose events are told as they come. */
  #current: Step<Snapshot> | undefined;
  /** The verb, while the line being told is one that copies. */
  #copying: string | undefined;
  /** Where the step being told runs. */
  #container: string | undefined;
  #told: Promise<void> = Promise.resolve();
  readonly pull: (message: ProgressMessage) => void;

  /** Nothing was told yet. */
  #isSilent = true;
  readonly #request: Pick<BuildRequest, "dockerfile" | "buildArgs" | "tags">;

  constructor(emit: Emit, request: Pick<BuildRequest, "dockerfile" | "buildArgs" | "tags">) {
    this.#emit = emit;
    this.#request = request;
    this.pull = (message) => emit(message as BuildMessage);
  }

  /** The classic builder does not tell of these. */
  task(): TaskReport {
    return { status: () => {}, warn: () => {}, end: () => {} };
  }

  planned(plan: BuildPlan): void {
    this.#told = this.#tell(plan);
    this.#told.catch(() => {});
  }

  readonly step = (step: Step<Snapshot>, event: StepEvent): void => {
    if (step === this.#current) return this.#event(event);
    this.#events.set(step, [...(this.#events.get(step) ?? []), event]);
  };

  /** Resolves when everything before a failure, or everything, is told. */
  async told(): Promise<void> {
    await this.#told.catch(() => {});
  }

  done({ imageId }: BuildOutcome): void {
    if (imageId === undefined) return;
    const { dockerfile, buildArgs, tags } = this.#request;
    this.#emit({ aux: { ID: imageId } });
    const unused = unconsumedArguments(dockerfile.text, buildArgs.keys());
    if (unused.length > 0)
      this.#say(`[Warning] One or more build-args [${unused.join(" ")}] were not consumed\n`);
    this.#say(`Successfully built ${shortId(imageId)}\n`);
    for (const tag of tags) this.#say(`Successfully tagged ${familiarString(tag)}\n`);
  }

  /** A failure in the classic builder's words. */
  failure(error: unknown): { message: string; code?: number } {
    const { exitCode, args } = error as Partial<RunFailed>;
    if (exitCode !== undefined && args !== undefined)
      return {
        message: `The command '${args.join(" ")}' returned a non-zero code: ${exitCode}`,
        code: exitCode,
      };
    const missing = /^"\/(.*)": not found$/.exec(messageOf(error))?.[1];
    if (missing !== undefined && this.#copying !== undefined) {
      const why = "file not found in build context or excluded by .dockerignore";
      return { message: `${this.#copying} failed: ${why}: stat ${missing}: file does not exist` };
    }
    const unresolved = unresolvedCause(error);
    if (unresolved !== undefined) this.#tellFrom(error);
    return { message: messageOf(unresolved ?? error) };
  }

  /** Here images are looked for before the first step is told. */
  #tellFrom(error: unknown): void {
    const step = this.#isSilent ? failedStep(this.#request.dockerfile.text, error) : undefined;
    if (step === undefined) return;
    this.#say(step);
    this.#say("\n");
  }

  async #tell(plan: BuildPlan): Promise<void> {
    for (const [index, line] of plan.lines.entries()) {
      this.#say(`Step ${index + 1}/${plan.lines.length} : ${line.text}`);
      this.#say("\n");
      await this.#line(plan, line);
    }
  }

  async #line(plan: BuildPlan, line: PlannedLine): Promise<void> {
    const { step } = line;
    this.#container = undefined;
    this.#copying = /^(COPY|ADD)\s/i.exec(line.text)?.[1]?.toUpperCase();
    if (step !== undefined) {
      this.#current = step;
      for (const event of this.#events.get(step) ?? []) this.#event(event);
      this.#events.delete(step);
      await plan.result(step);
      this.#removed();
    }
    const isScratch =
      line.draft.history.length === 0 && (await plan.result(line.fileSystem)).chainId === undefined;
    this.#say(` ---> ${isScratch ? "" : shortId(await plan.imageId(line))}\n`);
  }

  #removed(): void {
    if (this.#container === undefined) return;
    this.#say(` ---> Removed intermediate container ${this.#container}\n`);
    this.#container = undefined;
  }

  #event(event: StepEvent): void {
    if (event.kind === "done" && event.cached) this.#say(" ---> Using cache\n");
    if (event.kind === "runs-in") {
      this.#container = shortId(event.id);
      this.#say(` ---> Running in ${this.#container}\n`);
    }
    if (event.kind !== "output") return;
    const text = Buffer.from(event.data).toString();
    // The classic builder shows standard error in red.
    this.#say(event.stream === "stderr" ? `\u001b[91m${text}\u001b[0m` : text);
  }

  #say(text: string): void {
    this.#isSilent = false;
    this.#emit({ stream: text });
  }
}

/** The classic builder tells only what the registry said. */
function unresolvedCause(error: unknown): unknown {
  if (error instanceof UnresolvedImage) return error.cause;
  return error instanceof Error && error.cause !== undefined ? unresolvedCause(error.cause) : undefined;
}
