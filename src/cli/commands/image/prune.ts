import type { Client } from "../../../client/client.ts";
import type { ImageDeleteResponseItem } from "../../../spec/api/image.ts";
import { formatBytes } from "../../../spec/size.ts";
import type { Command, CommandContext } from "../../command.ts";
import { type Filters, filterFlag, parseFilters } from "../../filters.ts";
import { dryRunFlag, mayPrune } from "../../prune-preview.ts";
import type { Pruned } from "../../pruned.ts";

export const command: Command = {
  names: ["image prune"],
  usage: "[OPTIONS]",
  summary: "Remove unused images",
  flags: [
    { name: "all", short: "a", kind: "bool", summary: "Remove all unused images, not just dangling ones" },
    filterFlag('Provide filter values (e.g. "until=<timestamp>")'),
    { name: "force", short: "f", kind: "bool", summary: "Do not prompt for confirmation" },
    dryRunFlag,
  ],
  args: [0, 0],
  run,
};

const danglingWarning = `WARNING! This will remove all dangling images.
Are you sure you want to continue?`;
const allWarning = `WARNING! This will remove all images without at least one container associated to them.
Are you sure you want to continue?`;

async function run(context: CommandContext): Promise<number> {
  const { flags, client, terminal } = context;
  const all = flags.bool("all");
  const filters = parseFilters(flags.list("filter"));
  const chosen = { ...filters, dangling: [String(!all)] };
  if (!(await mayPrune(context, { images: chosen }, all ? allWarning : danglingWarning))) return 0;
  const { text, reclaimedBytes } = await pruneImages(client(), all, filters);
  if (text !== "") terminal.out(`${text}\n`);
  terminal.out(`Total reclaimed space: ${formatBytes(reclaimedBytes)}\n`);
  return 0;
}

export async function pruneImages(client: Client, all: boolean, filters: Filters): Promise<Pruned> {
  const { ImagesDeleted, SpaceReclaimed } = await client.request<{
    ImagesDeleted: ImageDeleteResponseItem[] | null;
    SpaceReclaimed: number;
  }>("POST", "/images/prune", { query: { filters: { ...filters, dangling: [String(!all)] } } });
  const lines = (ImagesDeleted ?? []).map(({ Untagged, Deleted }) =>
    Untagged ? `untagged: ${Untagged}\n` : `deleted: ${Deleted ?? ""}\n`,
  );
  const text = lines.length === 0 ? "" : `Deleted Images:\n${lines.join("")}`;
  return { text, reclaimedBytes: SpaceReclaimed };
}
