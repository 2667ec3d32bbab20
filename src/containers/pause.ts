import { EngineError } from "../base/errors.ts";
import { faultPoint } from "../base/fault.ts";
import type { ContainersContext } from "./context.ts";
import { publishEvent } from "./publish-event.ts";
import { assertNotRestarting, isRunning, move } from "./state.ts";

export async function pauseContainer(context: ContainersContext, reference: string): Promise<void> {
  const { id } = context.repository.find(reference);
  await context.locks.run(id, async () => {
    const container = context.repository.find(id);
    if (container.state.status === "paused") {
      throw new EngineError("conflict", `Container ${id} is already paused`);
    }
    assertNotRestarting(id, container.state);
    if (!isRunning(container.state)) throw new EngineError("conflict", `container ${id} is not running`);
    await context.runtime.pause(id);
    faultPoint("pause:frozen");
    context.health.rest(id);
    publishEvent(
      context,
      context.repository.save({ ...container, state: move(container.state, "paused") }),
      "pause",
    );
  });
}

export async function unpauseContainer(context: ContainersContext, reference: string): Promise<void> {
  const { id } = context.repository.find(reference);
  await context.locks.run(id, async () => {
    const container = context.repository.find(id);
    // dockerd gives this error no class: 500.
    if (container.state.status !== "paused")
      throw new EngineError("internal", `Container ${id} is not paused`);
    await context.runtime.unpause(id);
    faultPoint("unpause:thawed");
    const running = context.repository.save({ ...container, state: move(container.state, "running") });
    publishEvent(context, running, "unpause");
    context.health.resume(running);
  });
}
