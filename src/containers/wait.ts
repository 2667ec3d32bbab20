import { setTimeout } from "node:timers/promises";
import type { WaitCondition, WaitResult } from "./container-service.ts";
import type { ContainersContext } from "./context.ts";
import { isRunning } from "./state.ts";

/**
 * A client that has just been told that its wait is heard may find the container's output and its end at one look, and in the
 * wrong order: epoll puts the connection that it has just read from first. The end comes a little later then.
 */
const settleMs = 20;

/**
 * What a wait resolves to. `not-running` is answered at once for a container that rests; `next-exit` and `removed`
 * always wait. An abort rejects.
 */
export function waitFor(
  context: ContainersContext,
  reference: string,
  condition: WaitCondition,
  signal: AbortSignal,
): Promise<WaitResult> {
  const { id, state } = context.repository.find(reference);
  if (condition === "not-running" && !isRunning(state) && state.status !== "restarting") {
    return Promise.resolve(resultOf(state.exitCode, state.error));
  }
  const { promise, resolve, reject } = Promise.withResolvers<WaitResult>();
  const settled = context.live.readers.has(id) ? setTimeout(settleMs) : undefined;
  const stop = context.live.listen(id, (event) => {
    if (event.type === "removed") resolve(resultOf(event.exitCode));
    else if (condition !== "removed") resolve(after(settled, resultOf(event.exit.exitCode)));
  });
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  return promise.finally(() => {
    stop();
    signal.removeEventListener("abort", abort);
  });
}

async function after<T>(settled: Promise<unknown> | undefined, value: T): Promise<T> {
  await settled;
  return value;
}

function resultOf(exitCode: number, error = ""): WaitResult {
  return error === "" ? { StatusCode: exitCode } : { StatusCode: exitCode, Error: { Message: error } };
}
