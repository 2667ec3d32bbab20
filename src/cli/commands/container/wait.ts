import { waitContainer } from "../../../client/containers.ts";
import type { Command, CommandContext } from "../../command.ts";
import { forEachArgument } from "../../for-each.ts";

export const command: Command = {
  names: ["container wait", "wait"],
  usage: "CONTAINER [CONTAINER...]",
  summary: "Block until one or more containers stop, then print their exit codes",
  flags: [],
  args: [1, Number.POSITIVE_INFINITY],
  completeArgs: "running",
  run,
};

async function run({ args, client, terminal, signal }: CommandContext): Promise<number> {
  await forEachArgument(args, async (id) => {
    const { StatusCode } = await waitContainer(client(), id, undefined, signal);
    terminal.out(`${StatusCode}\n`);
  });
  return 0;
}
