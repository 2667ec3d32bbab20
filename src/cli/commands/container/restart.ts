import { restartContainer } from "../../../client/containers.ts";
<<<<<<< HEAD
import type { Command, CommandContext } from "../../command.ts";
import { forEachArgument } from "../../for-each.ts";
=======
import type { Command } from "../../command.ts";
import { forEachContainer } from "../../each-container.ts";
>>>>>>> e1393ab (Every verb on containers from the command line)
import { stopFlags, stopOptions } from "../../stop-flags.ts";

export const command: Command = {
  names: ["container restart", "restart"],
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  summary: "Restart one or more containers",
  flags: stopFlags,
  args: [1, Number.POSITIVE_INFINITY],
  completeArgs: "container",
<<<<<<< HEAD
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
=======
  run: ({ args, client, flags, terminal }) =>
    forEachContainer(args, terminal, (name) => restartContainer(client(), name, stopOptions(flags))),
};
>>>>>>> e1393ab (Every verb on containers from the command line)
