import type { Network } from "../../../spec/api/network.ts";
import type { Command, CommandContext } from "../../command.ts";
import { filterFlag, filterQuery, parseFilters } from "../../filters.ts";
import { listFormatFlag } from "../../format-flag.ts";
import { networkLayout, networkRows } from "../../format/rows/networks.ts";
import { renderRows } from "../../format/rows.ts";
import { naturalCompare } from "../../format/natural-order.ts";

export const command: Command = {
  names: ["network ls", "network list"],
  usage: "[OPTIONS]",
  summary: "List networks",
  flags: [
    filterFlag('Provide filter values (e.g. "driver=bridge")', "f"),
    listFormatFlag,
    { name: "no-trunc", kind: "bool", summary: "Do not truncate the output" },
    { name: "quiet", short: "q", kind: "bool", summary: "Only display network IDs" },
  ],
  args: [0, 0],
  run,
};

async function run({ flags, client, config, terminal }: CommandContext): Promise<number> {
  const quiet = flags.bool("quiet");
  const format = flags.string("format") || (quiet ? "" : (config().networksFormat ?? ""));
  const networks = await client().request<Network[]>("GET", "/networks", {
    query: { filters: filterQuery(parseFilters(flags.list("filter"))) },
  });
  networks.sort((a, b) => naturalCompare(a.Name ?? "", b.Name ?? ""));
  const options = { truncate: !flags.bool("no-trunc") };
  terminal.out(await renderRows(networkRows, networks, networkLayout(format, quiet), options));
  return 0;
}
