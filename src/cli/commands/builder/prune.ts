import type { Client } from "../../../client/client.ts";
import { formatBytes, parseBytes } from "../../../spec/size.ts";
import type { Command, CommandContext } from "../../command.ts";
import { confirm } from "../../confirm.ts";
import { type Filters, filterFlag, filterQuery, parseFilters } from "../../filters.ts";
import type { Pruned } from "../../pruned.ts";

export const command: Command = {
  names: ["builder prune"],
  usage: "",
  summary: "Remove build cache",
  flags: [
    {
      name: "all",
      short: "a",
      kind: "bool",
      summary: "Remove all unused build cache, not just dangling ones",
    },
    filterFlag('Provide filter values (e.g. "until=24h")'),
    { name: "force", short: "f", kind: "bool", summary: "Do not prompt for confirmation" },
    {
      name: "keep-storage",
      kind: "string",
      value: "bytes",
      summary: "Amount of disk space to keep for cache",
      check: (text) => void parseBytes(text),
    },
  ],
  args: [0, 0],
  run,
};

const danglingWarning = `WARNING! This will remove all dangling build cache.
Are you sure you want to continue?`;
const allWarning = `WARNING! This will remove all build cache.
Are you sure you want to continue?`;

async function run({ flags, client, terminal }: CommandContext): Promise<number> {
  const all = flags.bool("all");
  if (!flags.bool("force") && !(await confirm(terminal, all ? allWarning : danglingWarning))) return 0;
  const keep = flags.string("keep-storage");
  const { text, reclaimedBytes } = await pruneBuildCache(client(), {
    all,
    filters: parseFilters(flags.list("filter")),
    ...(keep !== undefined && { keepBytes: parseBytes(keep) }),
  });
  if (text !== "") terminal.out(`${text}\n`);
  terminal.out(`Total reclaimed space: ${formatBytes(reclaimedBytes)}\n`);
  return 0;
}

export interface BuildCachePrune {
  all: boolean;
  filters: Filters;
  keepBytes?: number;
}

export async function pruneBuildCache(client: Client, options: BuildCachePrune): Promise<Pruned> {
  const { all, filters, keepBytes } = options;
  const { CachesDeleted, SpaceReclaimed } = await client.request<{
    CachesDeleted?: string[] | null;
    SpaceReclaimed: number;
  }>("POST", "/build/prune", {
    query: { ...(all && { all: 1 }), "keep-storage": keepBytes, filters: filterQuery(filters) },
  });
  const ids = CachesDeleted ?? [];
  const text = ids.length === 0 ? "" : `Deleted build cache objects:\n${ids.map((id) => `${id}\n`).join("")}`;
  return { text, reclaimedBytes: SpaceReclaimed };
}
