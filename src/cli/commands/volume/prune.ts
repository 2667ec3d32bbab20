import type { Client } from "../../../client/client.ts";
import { formatBytes } from "../../../spec/size.ts";
import { type Command, type CommandContext, CommandError } from "../../command.ts";
import { type Filters, filterFlag, filterQuery, parseFilters } from "../../filters.ts";
import { dryRunFlag, mayPrune } from "../../prune-preview.ts";
import type { Pruned } from "../../pruned.ts";

export const command: Command = {
  names: ["volume prune"],
  usage: "[OPTIONS]",
  summary: "Remove unused local volumes",
  flags: [
    { name: "all", short: "a", kind: "bool", summary: "Remove all unused volumes, not just anonymous ones" },
    filterFlag('Provide filter values (e.g. "label=<label>")'),
    { name: "force", short: "f", kind: "bool", summary: "Do not prompt for confirmation" },
    dryRunFlag,
  ],
  args: [0, 0],
  run,
};

const anonymousWarning = `WARNING! This will remove anonymous local volumes not used by at least one container.
Are you sure you want to continue?`;
const allWarning = `WARNING! This will remove all local volumes not used by at least one container.
Are you sure you want to continue?`;

async function run(context: CommandContext): Promise<number> {
  const { flags, client, terminal } = context;
  const filters = parseFilters(flags.list("filter"));
  const all = flags.bool("all");
  if (all && filters.all !== undefined)
    throw new CommandError("conflicting options: cannot specify both --all and --filter all=1");
  const chosen = all ? { ...filters, all: ["true"] } : filters;
  if (!(await mayPrune(context, { volumes: chosen }, all ? allWarning : anonymousWarning))) return 0;
  const { text, reclaimedBytes } = await pruneVolumes(client(), chosen);
  if (text !== "") terminal.out(`${text}\n`);
  terminal.out(`Total reclaimed space: ${formatBytes(reclaimedBytes)}\n`);
  return 0;
}

export async function pruneVolumes(client: Client, filters: Filters): Promise<Pruned> {
  const { VolumesDeleted, SpaceReclaimed } = await client.request<{
    VolumesDeleted: string[] | null;
    SpaceReclaimed: number;
  }>("POST", "/volumes/prune", { query: { filters: filterQuery(filters) } });
  const names = VolumesDeleted ?? [];
  const text = names.length === 0 ? "" : `Deleted Volumes:\n${names.map((name) => `${name}\n`).join("")}`;
  return { text, reclaimedBytes: SpaceReclaimed };
}
