import { EngineError, errnoOf } from "../../base/errors.ts";
import type { GroupFiles } from "../../linux/cgroup-files.ts";
import type { ProcessorTime } from "../../linux/processor-time.ts";
import type { ContainerStatsResponse } from "../../spec/api/container-stats.ts";
import type { ContainersContext } from "../context.ts";
import { isRunning } from "../state.ts";
import { type StatsSample, statsBody } from "./stats-body.ts";
import type { StatsSampler } from "./stats-sampler.ts";

export interface StatsRequest {
  /** Goes on until the container is removed or the client goes. */
  stream: boolean;
  /** At once, with nothing to compare to. */
  oneShot: boolean;
  signal: AbortSignal;
}

/** What a container uses: one sample with the one of a second before, one alone, or one every second. */
export function containerStats(
  context: ContainersContext,
  sampler: StatsSampler,
  reference: string,
  request: StatsRequest,
): AsyncIterable<ContainerStatsResponse> {
  if (request.stream && request.oneShot)
    throw new EngineError("invalid", "cannot have stream=true and one-shot=true");
  const { id } = context.repository.find(reference);
  return samples(context, sampler, id, request);
}

/** How the sampler looks: ended or ending containers show nothing. */
export function lookAt(
  { repository, runtime }: ContainersContext,
  id: string,
  processors: ProcessorTime,
  files?: GroupFiles,
): StatsSample | undefined {
  const container = repository.byId(id);
  if (container === undefined || !isRunning(container.state)) return undefined;
  try {
    const { readAt, cgroup, interfaces } = runtime.usage(id, files);
    const ownNetwork = container.hostConfig.NetworkMode !== "host";
    return { readAt, cgroup, interfaces: ownNetwork ? interfaces() : new Map(), processors };
  } catch (error) {
    // Its process ended between two files: what there was of it is gone.
    if (isGone(error)) return undefined;
    throw error;
  }
}

function isGone(error: unknown): boolean {
  if (error instanceof EngineError) return error.kind === "not-found";
  return ["ENOENT", "ESRCH", "ENODEV", "EINVAL"].includes(errnoOf(error) ?? "");
}

/** What is compared must lie this far apart, or a moment's rest or work is taken for the rule. */
const shortestSpanMs = 500;

async function* samples(
  context: ContainersContext,
  sampler: StatsSampler,
  id: string,
  { stream, oneShot, signal }: StatsRequest,
): AsyncGenerator<ContainerStatsResponse> {
  let before: StatsSample | undefined;
  const body = (sample: StatsSample | undefined) => {
    const container = context.repository.byId(id);
    const answer = container && statsBody(container, sample, before);
    before = sample;
    return answer;
  };
  const first = body(sampler.now(id));
  if (first === undefined) return;
  if (stream || oneShot || before === undefined) yield first;
  if (oneShot || (!stream && before === undefined)) return;
  for await (const sample of following(context, sampler, id, signal)) {
    if (!stream && spanMs(before, sample) < shortestSpanMs) continue;
    const answer = body(sample);
    if (answer === undefined) return;
    yield answer;
    if (!stream) return;
  }
}

function spanMs(before: StatsSample | undefined, now: StatsSample | undefined): number {
  return before === undefined || now === undefined
    ? Infinity
    : now.readAt.getTime() - before.readAt.getTime();
}

/** Only ever the newest sample: who reads slowly misses some. Ends with the container or the signal. */
async function* following(
  { live }: ContainersContext,
  sampler: StatsSampler,
  id: string,
  signal: AbortSignal,
): AsyncGenerator<StatsSample | undefined> {
  let newest: { sample: StatsSample | undefined } | undefined;
  let wake = Promise.withResolvers<void>();
  const removed = new AbortController();
  const over = AbortSignal.any([signal, removed.signal]);
  const stops = [
    sampler.subscribe(id, (sample) => {
      newest = { sample };
      wake.resolve();
    }),
    live.listen(id, (event) => event.type === "removed" && removed.abort()),
  ];
  over.addEventListener("abort", () => wake.resolve());
  try {
    while (!over.aborted) {
      await wake.promise;
      wake = Promise.withResolvers<void>();
      const taken = newest;
      newest = undefined;
      if (taken !== undefined && !over.aborted) yield taken.sample;
    }
  } finally {
    for (const stop of stops) stop();
  }
}
