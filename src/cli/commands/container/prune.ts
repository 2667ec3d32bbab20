import type { Client } from "../../../client/client.ts";
import { pruneContainers as prune } from "../../../client/containers.ts";
import { formatBytes } from "../../../spec/size.ts";
import type { Command, CommandContext } from "../../command.ts";
import { type Filters, filterFlag, filterQuery, parseFilters } from "../../filters.ts";
import { dryRunFlag, mayPrune } from "../../prune-preview.ts";
import type { Pruned } from "../../pruned.ts";

export const command: Command = {
  names: ["container prune"],
  usage: "[OPTIONS]",
  summary: "Remove all stopped containers",
  flags: [
    filterFlag('Provide filter values (e.g. "until=<timestamp>")'),
    { name: "force", short: "f", kind: "bool", summary: "Do not prompt for confirmation" },
    dryRunFlag,
  ],
  args: [0, 0],
  run,
};

const warning = `WARNING! This will remove all stopped containers.
Are you sure you want to continue?`;

async function run(context: CommandContext): Promise<number> {
  const { flags, client, terminal } = context;
  const filters = parseFilters(flags.list("filter"));
  if (!(await mayPrune(context, { containers: filters }, warning))) return 0;
  const { text, reclaimedBytes } = await pruneContainers(client(), filters);
  if (text !== "") terminal.out(`${text}\n`);
  terminal.out(`Total reclaimed space: ${formatBytes(reclaimedBytes)}\n`);
  return 0;
}

export async function pruneContainers(client: Client, filters: Filters): Promise<Pruned> {
  const { ContainersDeleted, SpaceReclaimed } = await prune(client, filterQuery(filters));
  const ids = ContainersDeleted ?? [];
  const text = ids.length === 0 ? "" : `Deleted Containers:\n${ids.map((id) => `${id}\n`).join("")}`;
  return { text, reclaimedBytes: SpaceReclaimed };
}
