import type { Filters } from "../images/image-service.ts";
import { checkFilterNames, matchesLabels } from "../spec/filter-match.ts";
import { parseApiTimestamp, toApiTimestamp } from "../spec/timestamp.ts";
import type { Container } from "./container.ts";
import type { ContainersContext } from "./context.ts";
import { removeByReference } from "./remove.ts";
import { writableSizeBytes } from "./size.ts";
import { isRunning } from "./state.ts";

/** Removes every stopped container that the filters (`until`, `label`, `label!`) let go. */
export async function pruneContainers(
  context: ContainersContext,
  filters: Filters,
): Promise<{ ContainersDeleted: string[]; SpaceReclaimed: number }> {
  const goes = pruneFilter(filters);
  const ContainersDeleted: string[] = [];
  let SpaceReclaimed = 0;
  for (const container of context.repository.all()) {
    if (isRunning(container.state) || container.state.status === "restarting" || !goes(container)) continue;
    SpaceReclaimed += await writableSizeBytes(container);
    await removeByReference(context, container.id, { force: false, volumes: false });
    ContainersDeleted.push(container.id);
  }
  return { ContainersDeleted, SpaceReclaimed };
}

function pruneFilter(filters: Filters): (container: Container) => boolean {
  checkFilterNames(filters, ["until", "label", "label!"]);
  const bounds = (filters.until ?? []).map(
    (value) => 1000 * parseApiTimestamp(toApiTimestamp(value, new Date())).seconds,
  );
  const kept = filters["label!"] ?? [];
  return ({ createdAt, config }) =>
    bounds.every((bound) => Date.parse(createdAt) < bound) &&
    matchesLabels(filters.label, config.Labels) &&
    !kept.some((label) => matchesLabels([label], config.Labels));
}
