import type { VolumeListResponse } from "../../../spec/api/volume.ts";
import type { Command, CommandContext } from "../../command.ts";
import { filterFlag, filterQuery, parseFilters } from "../../filters.ts";
import { listFormatFlag } from "../../format-flag.ts";
import { volumeLayout, volumeRows } from "../../format/rows/volumes.ts";
import { renderRows } from "../../format/rows.ts";
import { naturalCompare } from "../../format/natural-order.ts";

export const command: Command = {
  names: ["volume ls", "volume list"],
  usage: "[OPTIONS]",
  summary: "List volumes",
  flags: [
    filterFlag('Provide filter values (e.g. "dangling=true")', "f"),
    listFormatFlag,
    { name: "quiet", short: "q", kind: "bool", summary: "Only display volume names" },
  ],
  args: [0, 0],
  run,
};

async function run({ flags, client, config, terminal }: CommandContext): Promise<number> {
  const quiet = flags.bool("quiet");
  const format = flags.string("format") || (quiet ? "" : (config().volumesFormat ?? ""));
  const { Volumes } = await client().request<VolumeListResponse>("GET", "/volumes", {
    query: { filters: filterQuery(parseFilters(flags.list("filter"))) },
  });
  const volumes = [...(Volumes ?? [])].sort((a, b) => naturalCompare(a.Name ?? "", b.Name ?? ""));
  terminal.out(await renderRows(volumeRows, volumes, volumeLayout(format, quiet), { truncate: false }));
  return 0;
}
