import { topContainer } from "../../../client/containers.ts";
import type { Command, CommandContext } from "../../command.ts";
import { formatTable } from "../../format/tabwriter.ts";

export const command: Command = {
  names: ["container top", "top"],
  usage: "CONTAINER [ps OPTIONS]",
  summary: "Display the running processes of a container",
  flags: [],
  args: [1, Number.POSITIVE_INFINITY],
  flagsFirst: true,
  completeArgs: "running",
  run,
};

async function run({ args, client, terminal }: CommandContext): Promise<number> {
  const [name = "", ...psArguments] = args;
  const { Titles, Processes } = await topContainer(client(), name, psArguments.join(" "));
  terminal.out(formatTable([Titles ?? [], ...(Processes ?? [])], { minWidth: 20 }));
  return 0;
}
