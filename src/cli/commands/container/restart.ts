import { restartContainer } from "../../../client/containers.ts";
import type { Command, CommandContext } from "../../command.ts";
import { forEachArgument } from "../../for-each.ts";
import { stopFlags, stopOptions } from "../../stop-flags.ts";

export const command: Command = {
  names: ["container restart", "restart"],
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  summary: "Restart one or more containers",
  flags: stopFlags,
  args: [1, Number.POSITIVE_INFINITY],
  completeArgs: "container",
  run,
};

/** One after the other: containers that need each other come back in the order given. */
async function run(context: CommandContext): Promise<number> {
  const options = stopOptions(context);
  await forEachArgument(context.args, async (id) => {
    await restartContainer(context.client(), id, options);
    context.terminal.out(`${id}\n`);
  });
  return 0;
}
