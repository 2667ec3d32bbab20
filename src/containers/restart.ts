import { EngineError } from "../base/errors.ts";
import type { ContainersContext } from "./context.ts";
import { publishEvent } from "./publish-event.ts";
import { startContainer } from "./start.ts";
import { type StopOptions, stopContainer } from "./stop.ts";

/** Stops the container where it runs, then starts it. `--rm` and the restart policy do not act in between. */
export async function restartContainer(
  context: ContainersContext,
  reference: string,
  options: StopOptions,
): Promise<void> {
  const { id } = context.repository.find(reference);
  await context.live.whileRestarting(id, async () => {
    try {
      await stopContainer(context, id, options);
    } catch (error) {
      if (!(error instanceof EngineError) || error.kind !== "not-modified") throw error;
    }
    await startContainer(context, id).catch((error: unknown) => {
      throw restartError(reference, error);
    });
  });
  publishEvent(context, context.repository.find(id), "restart");
}

/** In dockerd's words, and of the kind that it was. */
function restartError(reference: string, error: unknown): unknown {
  if (!(error instanceof EngineError)) return error;
  return new EngineError(error.kind, `Cannot restart container ${reference}: ${error.message}`, error);
}
