import { EngineError } from "../base/errors.ts";
import { isSupportedSignal, parseSignal } from "../spec/signal.ts";
import type { Container } from "./container.ts";
import type { ContainersContext } from "./context.ts";
import { unpauseContainer } from "./pause.ts";
import { publishEvent } from "./publish-event.ts";
import { isRunning } from "./state.ts";

const sigkill = 9;
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
  context.live.cancelRestart(id);
  if (container.state.status === "restarting") {
    context.repository.save({
      ...container,
      state: { ...container.state, status: "exited", stoppedByUser: true },
    });
    return;
  }
  if (!isRunning(container.state)) throw new EngineError("not-modified", "container is already stopped");
  markStopped(context, id);
  if (container.state.status === "paused") await context.runtime.unpause(id);
  const ended = exitOf(context, id);
  await signalOrGone(context, id, signal);
  publishEvent(context, container, "kill", { signal: String(signal) });
  if (!(await endedWithin(ended, timeoutSeconds))) {
    await signalOrGone(context, id, sigkill);
    publishEvent(context, container, "kill", { signal: String(sigkill) });
    await ended;
  }
  publishEvent(context, container, "stop");
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

/** `kill`: a signal to the first process. SIGKILL counts as a stop by the user. */
export async function killContainer(
  context: ContainersContext,
  reference: string,
  signalName: string,
): Promise<void> {
  const { container, signal } = forKill(reference, () => killable(context, reference, signalName));
  const { id } = container;
  if (signal === sigkill) markStopped(context, id);
  const ended = exitOf(context, id);
  await signalOrGone(context, id, signal);
  publishEvent(context, container, "kill", { signal: String(signal) });
  await thaw(context, container, signal);
  if (signal === sigkill) await ended;
}

function killable(
  { repository }: ContainersContext,
  reference: string,
  signalName: string,
): { container: Container; signal: number } {
  const container = repository.find(reference);
  const signal = parseSignal(signalName || "SIGKILL");
  if (!isSupportedSignal(signal)) {
    throw new EngineError("invalid", `the linux daemon does not support signal ${signal}`);
  }
  if (!isRunning(container.state)) {
    throw new EngineError("conflict", `container ${container.id} is not running`);
  }
  return { container, signal };
}

/** dockerd says of every refused `kill` which container it was for. */
function forKill<T>(reference: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new EngineError(error.kind, `cannot kill container: ${reference}: ${error.message}`);
  }
}

/** Remembered before the signal: the exit that follows must not be answered by a restart. */
function markStopped(context: ContainersContext, id: string): void {
  const container = context.repository.find(id);
  context.repository.save({ ...container, state: { ...container.state, stoppedByUser: true } });
}

/** Resolves when the exit is recorded. */
function exitOf({ live }: ContainersContext, id: string): Promise<void> {
  return new Promise((resolve) => {
    const stop = live.listen(id, () => {
      stop();
      resolve();
    });
  });
}

async function signalOrGone({ runtime }: ContainersContext, id: string, signal: number): Promise<void> {
  try {
    await runtime.kill(id, signal);
  } catch (error) {
    // It ended by itself meanwhile: the exit is on its way.
    if (!(error instanceof EngineError) || error.kind !== "not-found") throw error;
  }
}

/** A frozen process takes no signal, not even SIGKILL: as in dockerd, one that may end it lets it go on. */
async function thaw(context: ContainersContext, container: Container, signal: number): Promise<void> {
  const { id, state, config } = container;
  const mayEnd = signal === sigkill || !config.StopSignal || parseSignal(config.StopSignal) === signal;
  if (state.status !== "paused" || !mayEnd) return;
  try {
    await unpauseContainer(context, id);
  } catch (error) {
    // Somebody else let it go on, and it has ended.
    if (!(error instanceof EngineError) || error.kind !== "conflict") throw error;
  }
}

async function endedWithin(ended: Promise<void>, seconds: number): Promise<boolean> {
  if (seconds < 0) {
    await ended;
    return true;
  }
  const timer = Promise.withResolvers<boolean>();
  const timeout = setTimeout(() => timer.resolve(false), seconds * 1000);
  try {
    return await Promise.race([ended.then(() => true), timer.promise]);
  } finally {
    clearTimeout(timeout);
  }
}
