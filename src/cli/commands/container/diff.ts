import { diffContainer } from "../../../client/containers.ts";
import type { Command, CommandContext } from "../../command.ts";

export const command: Command = {
  names: ["container diff", "diff"],
  usage: "CONTAINER",
  summary: "Inspect changes to files or directories on a container's filesystem",
  flags: [],
  args: [1, 1],
  completeArgs: "container",
  run,
};

/** Modified, added, deleted: the API's numbers. */
const kinds = ["C", "A", "D"];

async function run({ args, client, terminal }: CommandContext): Promise<number> {
  const changes = (await diffContainer(client(), args[0] ?? "")) ?? [];
  terminal.out(changes.map(({ Kind = 0, Path = "" }) => `${kinds[Kind]} ${Path}\n`).join(""));
  return 0;
}
