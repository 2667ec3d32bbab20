import { EngineError } from "../../base/errors.ts";
import type { ContainersContext } from "../context.ts";
import { publishEvent } from "../publish-event.ts";
import { removeByReference } from "../remove.ts";
import { stopContainer } from "../stop.ts";
import type { Activity } from "./lifetime-keeper.ts";

/** Ends a container in its own way and removes it with its anonymous volumes. Gone already is fine. */
export async function expireContainer(
  context: ContainersContext,
  id: string,
  why: "ttl" | "idle" | "lease",
): Promise<void> {
  const container = context.repository.byId(id);
  if (container === undefined) return;
  context.log.info("removing a container whose time is over", { container: id, name: container.name, why });
  publishEvent(context, container, "expire", { reason: why });
  // Who made it is gone: nobody waits for a graceful end.
  if (why !== "lease") await unlessDone(() => stopContainer(context, id, {}));
  await unlessDone(() => removeByReference(context, id, { force: true, volumes: true }));
}

async function unlessDone(step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    if (!(error instanceof EngineError) || !["not-found", "not-modified"].includes(error.kind)) throw error;
  }
}

/** What it has done so far in this run. */
export function activityOf({ runtime, live }: ContainersContext, id: string): Activity | undefined {
  try {
    const { cgroup, interfaces } = runtime.usage(id);
    const sent = [...interfaces().values()].reduce((sum, { txBytes }) => sum + txBytes, 0);
    return { cpuNanos: cgroup.cpu.totalNanos, sentBytes: sent, attended: live.isAttended(id) };
  } catch {
    // It does not run, or ended just now.
    return undefined;
  }
}
