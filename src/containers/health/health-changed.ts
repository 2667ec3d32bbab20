import type { ContainersContext } from "../context.ts";
import { publishEvent } from "../publish-event.ts";
import { mayRestartUnhealthy } from "../restart-policy.ts";
import { endUnhealthy } from "../stop.ts";
import type { Health } from "./health.ts";

/** Tells whoever listens, and ends an unhealthy container that asked for that. */
export function healthChanged(context: ContainersContext, id: string, { status }: Health): void {
  const container = context.repository.byId(id);
  if (container === undefined) return;
  publishEvent(context, container, `health_status: ${status}`);
  if (status !== "unhealthy" || !mayRestartUnhealthy(container)) return;
  context.background.start(`end of the unhealthy ${id}`, () => endUnhealthy(context, container));
}
