import { createHash } from "node:crypto";
import { messageOf } from "../../base/errors.ts";
import type { ProgressMessage } from "../../images/image-service.ts";
import type { BuildErrorDetail, BuildMessage, BuildTrace, BuildVertex } from "../../spec/api/build.ts";
import type { BuildRequest } from "../build-request.ts";
import type { BuildObserver, BuildOutcome, BuildPlan, TaskReport } from "../build-service.ts";
import { locationOf } from "../calls/check.ts";
import { DockerfileError } from "../dockerfile/dockerfile-error.ts";
import { scratch } from "../graph/fixed-step.ts";
import type { LintWarning } from "../instructions/lint-warning.ts";
import type { Snapshot } from "../ops/build-parts.ts";
import type { Step, StepEvent } from "../solver/step.ts";
import { explanation } from "./explanation.ts";

/** A build as Gantry's own command follows it: BuildKit's vertexes, statuses and logs. */
export class TraceOutput implements BuildObserver {
  readonly #emit: (message: BuildMessage) => void;
  readonly #request: Pick<BuildRequest, "dockerfile">;
  /** Explains every step that ran, not only the first. */
  readonly #explainsAll: boolean;
  readonly #vertexes = new Map<Step<Snapshot>, BuildVertex>();
  #tasks = 0;
  #explained = false;
  #plan: BuildPlan | undefined;
  #culprit: Step<Snapshot> | undefined;
  #pull: TaskReport | undefined;

  constructor(
    emit: (message: BuildMessage) => void,
    request: Pick<BuildRequest, "dockerfile">,
    options: { explainsAll: boolean },
  ) {
    this.#emit = emit;
    this.#request = request;
    this.#explainsAll = options.explainsAll;
  }

  planned(plan: BuildPlan): void {
    this.#plan = plan;
  }

  readonly pull = (message: ProgressMessage): void => {
    this.#pull?.status(message);
  };

  task(name: string): TaskReport {
    this.#tasks += 1;
    const vertex: BuildVertex = { digest: digestOf(`task ${this.#tasks} ${name}`), name, started: now() };
    this.#send({ vertexes: [vertex] });
    const report: TaskReport = {
      status: (message) => this.#status(vertex, message),
      warn: (warning) => this.#warn(vertex, warning),
      end: (error) => {
        if (this.#pull === report) this.#pull = undefined;
        const failed = error === undefined ? {} : { error: messageOf(error) };
        this.#send({ vertexes: [{ ...vertex, completed: now(), ...failed }] });
      },
    };
    this.#pull = report;
    return report;
  }

  readonly step = (step: Step<Snapshot>, event: StepEvent): void => {
    if (step === scratch) return;
    switch (event.kind) {
      case "started":
        return this.#change(step, { started: now() });
      case "output":
        return this.#log(step, event.stream === "stdout" ? 1 : 2, event.data);
      case "missed":
        return this.#explain(step, event.changes);
      case "done":
        if (event.origin !== undefined && this.#explainsAll)
          this.#log(step, 2, Buffer.from(`cached: imported from ${event.origin}\n`));
        return this.#change(step, {
          completed: now(),
          ...(event.cached && { started: now(), cached: true }),
        });
      case "failed":
        this.#culprit ??= step;
        // Those that were ended because of it have nothing to say.
        if (this.#culprit === step) this.#change(step, { completed: now(), error: messageOf(event.error) });
    }
  };

  /** Everything is told as it comes. */
  async told(): Promise<void> {}

  done({ imageId, metadata, outputs, caches }: BuildOutcome): void {
    this.#emit({ aux: { ...(imageId !== undefined && { ID: imageId }), metadata } });
    for (const output of outputs) this.#emit({ aux: { output } });
    for (const cache of caches) this.#emit({ aux: { cache } });
  }

  /** A failure in BuildKit's words, with the lines that are to blame. */
  failure(error: unknown): BuildErrorDetail {
    const message = messageOf(error);
    const ranges = error instanceof DockerfileError ? error.ranges : this.#rangesOf(this.#culprit);
    if (ranges.length === 0) return { message };
    const { name, text } = this.#request.dockerfile;
    return { message, source: { file: name, lines: text.split(/\r?\n/), ranges: [...ranges] } };
  }

  #rangesOf(step: Step<Snapshot> | undefined) {
    if (step === undefined) return [];
    // What only a mount shows has no line of its own: the one that mounts it is to blame.
    const lines = this.#plan?.lines ?? [];
    const line =
      lines.find((each) => each.step === step) ??
      lines.find((each) => each.step?.inputs.includes(step) === true);
    return line === undefined ? [] : [line.range];
  }

  #explain(step: Step<Snapshot>, changes: Parameters<typeof explanation>[1]): void {
    if (this.#explained && !this.#explainsAll) return;
    const lines = explanation(step, changes);
    if (lines.length === 0) return;
    this.#explained = true;
    const shown = this.#explainsAll ? lines : lines.slice(0, 1);
    this.#change(step, {});
    this.#log(step, 2, Buffer.from(shown.map((line) => `${line}\n`).join("")));
  }

  #status(vertex: BuildVertex, { status = "", id, progressDetail, stream }: ProgressMessage): void {
    const name = id === undefined ? (stream ?? status) : `${id} ${status}`;
    const { current = 0, total } = progressDetail ?? {};
    const isDone = progressDetail === undefined;
    this.#send({
      statuses: [
        {
          id: id === undefined ? name : `${vertex.digest}:${id}:${status}`,
          vertex: vertex.digest,
          name,
          current,
          ...(total !== undefined && { total }),
          timestamp: now(),
          started: vertex.started ?? now(),
          ...(isDone && { completed: now() }),
        },
      ],
    });
  }

  #warn({ digest }: BuildVertex, { rule, detail, description, url, ranges }: LintWarning): void {
    const line = ranges[0] === undefined ? "" : ` (line ${ranges[0].startLine})`;
    this.#send({
      warnings: [
        {
          vertex: digest,
          level: 1,
          short: base64(`${rule}: ${detail}${line}`),
          detail: [base64(description)],
          url,
          range: locationOf(ranges).ranges,
        },
      ],
    });
  }

  #change(step: Step<Snapshot>, change: Partial<BuildVertex>): void {
    const before = this.#vertexes.get(step) ?? {
      digest: digestOf(step.slot + step.name),
      name: step.name,
      inputs: step.inputs
        .filter((input) => input !== scratch)
        .map((input) => digestOf(input.slot + input.name)),
    };
    const vertex = { ...before, ...change };
    this.#vertexes.set(step, vertex);
    this.#send({ vertexes: [vertex] });
  }

  #log(step: Step<Snapshot>, stream: number, data: Uint8Array): void {
    const vertex = this.#vertexes.get(step)?.digest ?? "";
    this.#send({ logs: [{ vertex, stream, data: base64(data), timestamp: now() }] });
  }

  #send(trace: BuildTrace): void {
    this.#emit({ trace });
  }
}

function base64(data: string | Uint8Array): string {
  return Buffer.from(data as Uint8Array).toString("base64");
}

function now(): string {
  return new Date().toISOString();
}

function digestOf(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}
