import type { ContainersContext } from "../context.ts";
import { publishEvent } from "../publish-event.ts";
import type { Health } from "./health.ts";

/** Says so to whoever listens. */
export function healthChanged(context: ContainersContext, id: string, { status }: Health): void {
  const container = context.repository.byId(id);
  if (container === undefined) return;
  publishEvent(context, container, `health_status: ${status}`);
}
