import { pruneContainers } from "../../../client/containers.ts";
import { formatBytes } from "../../../spec/size.ts";
import type { Client } from "../../../client/client.ts";
import { type Command, type CommandContext, CommandError } from "../../command.ts";
import { type Filters, filterFlag, filterQuery, parseFilters } from "../../filters.ts";
import { naturalCompare } from "../../format/natural-order.ts";
import { dryRunFlag, mayPrune, type PruneAsk } from "../../prune-preview.ts";
import type { Pruned } from "../../pruned.ts";
import { pruneBuildCache } from "../builder/prune.ts";
import { pruneImages } from "../image/prune.ts";
import { pruneNetworks } from "../network/prune.ts";
import { pruneVolumes } from "../volume/prune.ts";

export const command: Command = {
  names: ["system prune"],
  usage: "[OPTIONS]",
  summary: "Remove unused data",
  flags: [
    { name: "all", short: "a", kind: "bool", summary: "Remove all unused images not just dangling ones" },
    filterFlag('Provide filter values (e.g. "label=<key>=<value>")'),
    { name: "force", short: "f", kind: "bool", summary: "Do not prompt for confirmation" },
    dryRunFlag,
    { name: "volumes", kind: "bool", summary: "Prune anonymous volumes" },
  ],
  args: [0, 0],
  run,
};

interface Plan {
  all: boolean;
  volumes: boolean;
  filters: Filters;
}

async function run(context: CommandContext): Promise<number> {
  const { flags, client, terminal } = context;
  const filters = parseFilters(flags.list("filter"));
  const plan = { all: flags.bool("all"), volumes: flags.bool("volumes"), filters };
  if (plan.volumes && filters.until !== undefined)
    throw new CommandError('ERROR: The "until" filter is not supported with "--volumes"');
  if (!(await mayPrune(context, asked(plan), warning(plan)))) return 0;
  let reclaimedBytes = 0;
  for (const prune of steps(plan)) {
    const pruned = await prune(client());
    reclaimedBytes += pruned.reclaimedBytes;
    if (pruned.text !== "") terminal.out(`${pruned.text}\n`);
  }
  terminal.out(`Total reclaimed space: ${formatBytes(reclaimedBytes)}\n`);
  return 0;
}

function asked({ all, volumes, filters }: Plan): PruneAsk {
  return {
    containers: filters,
    images: { ...filters, dangling: [String(!all)] },
    builds: filters,
    all,
    ...(volumes && { volumes: filters }),
  };
}

function steps({ all, volumes, filters }: Plan): ((client: Client) => Promise<Pruned>)[] {
  return [
    (client) => pruneStopped(client, filters),
    async (client) => ({ text: await pruneNetworks(client, filters), reclaimedBytes: 0 }),
    ...(volumes ? [(client: Client) => pruneVolumes(client, filters)] : []),
    (client) => pruneImages(client, all, filters),
    (client) => pruneBuildCache(client, { all, filters }),
  ];
}

async function pruneStopped(client: Client, filters: Filters): Promise<Pruned> {
  const { ContainersDeleted, SpaceReclaimed } = await pruneContainers(client, filterQuery(filters));
  const ids = ContainersDeleted ?? [];
  const text = ids.length === 0 ? "" : `Deleted Containers:\n${ids.map((id) => `${id}\n`).join("")}`;
  return { text, reclaimedBytes: SpaceReclaimed };
}

function warning({ all, volumes, filters }: Plan): string {
  const kinds = [
    "all stopped containers",
    "all networks not used by at least one container",
    ...(volumes ? ["all anonymous volumes not used by at least one container"] : []),
    all ? "all images without at least one container associated to them" : "all dangling images",
    all ? "all build cache" : "unused build cache",
  ];
  const shown = ["label", "label!", "until"]
    .flatMap((name) => (filters[name] ?? []).map((value) => `${name}=${value}`))
    .sort(naturalCompare);
  const filtered =
    shown.length === 0
      ? ""
      : `\n  Items to be pruned will be filtered with:\n${shown.map((line) => `  - ${line}\n`).join("")}`;
  return `WARNING! This will remove:\n${kinds.map((kind) => `  - ${kind}\n`).join("")}${filtered}\nAre you sure you want to continue?`;
}
