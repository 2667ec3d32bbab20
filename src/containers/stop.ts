import { EngineError } from "../base/errors.ts";
import { parseSignal } from "../spec/signal.ts";
import type { Container } from "./container.ts";
import type { ContainersContext } from "./context.ts";
import { endedWithin, endRestarting, exitOf, markStopped, sigkill, signalOrGone, thaw } from "./ending.ts";
import { publishEvent } from "./publish-event.ts";
import { isRunning } from "./state.ts";

const defaultStopSeconds = 10;

export interface StopOptions {
  signal?: string;
  /** -1 waits for ever. */
  timeoutSeconds?: number;
}

/** Asks the container to end, and ends it when the time is up. */
export async function stopContainer(
  context: ContainersContext,
  reference: string,
  options: StopOptions,
): Promise<void> {
  const container = context.repository.find(reference);
  const { id, config } = container;
  const signal = parseSignal(options.signal || config.StopSignal || "SIGTERM");
  const timeoutSeconds = options.timeoutSeconds ?? config.StopTimeout ?? defaultStopSeconds;
  const waits = container.state.status === "restarting";
  if (waits && (await endRestarting(context, id))) return publishEvent(context, container, "stop");
  if (!isRunning(context.repository.find(id).state))
    throw new EngineError("not-modified", "container is already stopped");
  markStopped(context, id);
  await endInTime(context, container, signal, timeoutSeconds);
  publishEvent(context, container, "stop");
}

/** Ends one that became unhealthy, in its own way and time; what follows is the restart policy's. */
export async function endUnhealthy(context: ContainersContext, container: Container): Promise<void> {
  const { id, config } = container;
  context.live.markUnhealthy(id);
  const signal = parseSignal(config.StopSignal || "SIGTERM");
  await endInTime(context, container, signal, config.StopTimeout ?? defaultStopSeconds);
}

/** A signal, and SIGKILL when the time is up. Resolves when the exit is recorded. */
async function endInTime(
  context: ContainersContext,
  container: Container,
  signal: number,
  timeoutSeconds: number,
): Promise<void> {
  const { id } = container;
  if (container.state.status === "paused") await context.runtime.unpause(id);
  const ended = exitOf(context, id);
  await signalOrGone(context, id, signal);
  publishEvent(context, container, "kill", { signal: String(signal) });
  if (await endedWithin(ended, timeoutSeconds)) return;
  await signalOrGone(context, id, sigkill);
  publishEvent(context, container, "kill", { signal: String(sigkill) });
  await ended;
}

/** Ends a running container at once, for `rm -f`. */
export async function killAndWait(context: ContainersContext, id: string): Promise<void> {
  const container = context.repository.byId(id);
  if (container === undefined || !isRunning(container.state)) return;
  markStopped(context, id);
  const ended = exitOf(context, id);
  await signalOrGone(context, id, sigkill);
  publishEvent(context, container, "kill", { signal: String(sigkill) });
  await thaw(context, container, sigkill);
  await ended;
}
