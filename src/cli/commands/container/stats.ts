import { type Command, type CommandContext } from "../../command.ts";
import { listFormatFlag } from "../../format-flag.ts";

export const command: Command = {
  names: ["container stats", "stats"],
  usage: "[OPTIONS] [CONTAINER...]",
  summary: "Display a live stream of container(s) resource usage statistics",
  flags: [
    { name: "all", short: "a", kind: "bool", summary: "Show all containers (default shows just running)" },
    listFormatFlag,
    {
      name: "no-stream",
      kind: "bool",
      summary: "Disable streaming stats and only pull the first result",
    },
    { name: "no-trunc", kind: "bool", summary: "Do not truncate output" },
  ],
  args: [0, Number.POSITIVE_INFINITY],
  completeArgs: "running",
  run: async (context: CommandContext) => (await import("../../stats.ts")).showStats(context),
};
