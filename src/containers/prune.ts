import type { Filters } from "../images/image-service.ts";
import type { PruneItem } from "../spec/api/prune-preview.ts";
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
  const ContainersDeleted: string[] = [];
  let SpaceReclaimed = 0;
  for (const container of prunable(context, filters)) {
    SpaceReclaimed += await writableSizeBytes(container);
    await removeByReference(context, container.id, { force: false, volumes: false });
    ContainersDeleted.push(container.id);
  }
  return { ContainersDeleted, SpaceReclaimed };
}

/** What `pruneContainers` would remove now. */
export async function planPrune(context: ContainersContext, filters: Filters): Promise<PruneItem[]> {
  const items = prunable(context, filters).map(async (container) => ({
    ID: container.id,
    Name: container.name,
    Size: await writableSizeBytes(container),
  }));
  return Promise.all(items);
}

function prunable({ repository }: ContainersContext, filters: Filters): Container[] {
  const goes = pruneFilter(filters);
  return repository
    .all()
    .filter((each) => !isRunning(each.state) && each.state.status !== "restarting" && goes(each));
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
