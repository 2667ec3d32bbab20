import { EngineError } from "../base/errors.ts";
import { parseSignal } from "../spec/signal.ts";
import type { Container } from "./container.ts";
import type { ContainersContext } from "./context.ts";
import { unpauseContainer } from "./pause.ts";
import { move } from "./state.ts";

export const sigkill = 9;

/** Remembered before the signal: the exit that follows must not be answered by a restart. */
export function markStopped(context: ContainersContext, id: string): void {
  const container = context.repository.find(id);
  context.repository.save({ ...container, state: { ...container.state, stoppedByUser: true } });
}

/** Resolves when the exit is recorded. */
export function exitOf({ live }: ContainersContext, id: string): Promise<void> {
  return new Promise((resolve) => {
    const stop = live.listen(id, () => {
      stop();
      resolve();
    });
  });
}

/** It may end by itself meanwhile: the exit is on its way then. */
export async function signalOrGone(
  { runtime, live }: ContainersContext,
  id: string,
  signal: number,
): Promise<void> {
  live.markSignalled(id);
  try {
    await runtime.kill(id, signal);
  } catch (error) {
    if (!(error instanceof EngineError) || error.kind !== "not-found") throw error;
  }
}

/** A frozen process takes no signal, not even SIGKILL: as in dockerd, one that may end it lets it go on. */
export async function thaw(context: ContainersContext, container: Container, signal: number): Promise<void> {
  const { id, state } = container;
  if (state.status !== "paused" || !mayEnd(container, signal)) return;
  try {
    await unpauseContainer(context, id);
  } catch (error) {
    // Somebody else let it go on, and it has ended.
    if (!(error instanceof EngineError) || error.kind !== "conflict") throw error;
  }
}

/** Whether the signal is one by which the user may mean its end. */
export function mayEnd({ config }: Container, signal: number): boolean {
  return signal === sigkill || !config.StopSignal || parseSignal(config.StopSignal) === signal;
}

/** Answers false when the time is up first; negative seconds wait for ever. */
export async function endedWithin(ended: Promise<void>, seconds: number): Promise<boolean> {
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

/** One that waits for its next start gets none. Answers false where it does not wait (any more). */
export async function endRestarting(context: ContainersContext, id: string): Promise<boolean> {
  return context.locks.run(id, async () => {
    const container = context.repository.byId(id);
    if (container?.state.status !== "restarting") return false;
    const { state } = container;
    context.live.cancelRestart(id);
    context.repository.save({ ...container, state: move(state, "exited", { stoppedByUser: true }) });
    const { exitCode, oomKilled } = state;
    const exit = { exitCode, oomKilled, finishedAt: new Date(state.finishedAt) };
    context.live.announce(id, { type: "exit", exit, willRestart: false });
    return true;
  });
}
