import { EngineError } from "../base/errors.ts";
import { isSupportedSignal, parseSignal } from "../spec/signal.ts";
import type { Container } from "./container.ts";
import type { ContainersContext } from "./context.ts";
import { endRestarting, exitOf, markStopped, mayEnd, sigkill, signalOrGone, thaw } from "./ending.ts";
import { publishEvent } from "./publish-event.ts";
import { isRunning } from "./state.ts";

/** `kill`: a signal to the first process. SIGKILL counts as a stop by the user. */
export async function killContainer(
  context: ContainersContext,
  reference: string,
  signalName: string,
): Promise<void> {
  const { container, signal } = forKill(reference, () => killable(context, reference, signalName));
  const { id } = container;
  if (container.state.status === "restarting") {
    if (!mayEnd(container, signal) || (await endRestarting(context, id))) return;
  }
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
  const signal = parseSignal(signalName || "SIGKILL");
  const container = repository.find(reference);
  if (!isSupportedSignal(signal)) {
    throw new EngineError("invalid", `the linux daemon does not support signal ${signal}`);
  }
  if (!isRunning(container.state) && container.state.status !== "restarting") {
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
