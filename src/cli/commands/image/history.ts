import type { ImageHistoryResponseItem } from "../../../spec/api/image.ts";
import type { Command, CommandContext } from "../../command.ts";
import { listFormatFlag } from "../../format-flag.ts";
import { historyLayout, historyRows } from "../../format/rows/history.ts";
import { renderRows } from "../../format/rows.ts";
import { platformQuery } from "../../platform-flag.ts";

export const command: Command = {
  names: ["image history", "history"],
  usage: "[OPTIONS] IMAGE",
  summary: "Show the history of an image",
  flags: [
    listFormatFlag,
    {
      name: "human",
      short: "H",
      kind: "bool",
      summary: "Print sizes and dates in human readable format",
      default: "true",
    },
    { name: "no-trunc", kind: "bool", summary: "Don't truncate output" },
    {
      name: "platform",
      kind: "string",
      summary:
        'Show history for the given platform. Formatted as "os[/arch[/variant]]" (e.g., "linux/amd64")',
    },
    { name: "quiet", short: "q", kind: "bool", summary: "Only show image IDs" },
  ],
  args: [1, 1],
  completeArgs: "image",
  run,
};

async function run({ flags, args, client, terminal }: CommandContext): Promise<number> {
  const human = flags.has("human") ? flags.bool("human") : true;
  const platform = platformQuery(flags.string("platform"));
  const items = await client().request<ImageHistoryResponseItem[]>(
    "GET",
    `/images/${encodeURIComponent(args[0] ?? "")}/history`,
    { query: { platform } },
  );
  const layout = historyLayout(flags.string("format") ?? "", { quiet: flags.bool("quiet"), human });
  terminal.out(await renderRows(historyRows(human), items, layout, { truncate: !flags.bool("no-trunc") }));
  return 0;
}
