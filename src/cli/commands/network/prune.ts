import type { Client } from "../../../client/client.ts";
import type { Command, CommandContext } from "../../command.ts";
import { confirm } from "../../confirm.ts";
import { type Filters, filterFlag, filterQuery, parseFilters } from "../../filters.ts";

export const command: Command = {
  names: ["network prune"],
  usage: "[OPTIONS]",
  summary: "Remove all unused networks",
  flags: [
    filterFlag('Provide filter values (e.g. "until=<timestamp>")'),
    { name: "force", short: "f", kind: "bool", summary: "Do not prompt for confirmation" },
  ],
  args: [0, 0],
  run,
};

const warning = `WARNING! This will remove all custom networks not used by at least one container.
Are you sure you want to continue?`;

async function run({ flags, client, terminal }: CommandContext): Promise<number> {
  const filters = parseFilters(flags.list("filter"));
  if (!flags.bool("force") && !(await confirm(terminal, warning))) return 0;
  const text = await pruneNetworks(client(), filters);
  if (text !== "") terminal.out(`${text}\n`);
  return 0;
}

export async function pruneNetworks(client: Client, filters: Filters): Promise<string> {
  const { NetworksDeleted } = await client.request<{ NetworksDeleted: string[] | null }>(
    "POST",
    "/networks/prune",
    { query: { filters: filterQuery(filters) } },
  );
  const names = NetworksDeleted ?? [];
  return names.length === 0 ? "" : `Deleted Networks:\n${names.map((name) => `${name}\n`).join("")}`;
}
