import { listContainers } from "../../../client/containers.ts";
import type { Command, CommandContext } from "../../command.ts";

export const command: Command = {
  names: ["container ls", "ps", "container ps", "container list"],
  usage: "[OPTIONS]",
  summary: "List containers",
  flags: [
    { name: "all", short: "a", kind: "bool", summary: "Show all containers (default shows just running)" },
    { name: "quiet", short: "q", kind: "bool", summary: "Only display container IDs" },
  ],
  args: [0, 0],
  run,
};

async function run({ flags, client, terminal }: CommandContext): Promise<number> {
  const containers = await listContainers(client(), { all: flags.bool("all") });
  for (const { Id = "", Names = [], Image } of containers)
    terminal.out(
      flags.bool("quiet") ? `${Id.slice(0, 12)}\n` : `${Id.slice(0, 12)}   ${Image}   ${Names.join(",")}\n`,
    );
  return 0;
}
