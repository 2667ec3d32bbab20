import { stopContainer } from "../../../client/containers.ts";
<<<<<<< HEAD
import type { Command, CommandContext } from "../../command.ts";
import { forEachAtOnce, showDone } from "../../for-each-at-once.ts";
=======
import type { Command } from "../../command.ts";
import { forEachContainer } from "../../each-container.ts";
>>>>>>> e1393ab (Every verb on containers from the command line)
import { stopFlags, stopOptions } from "../../stop-flags.ts";

export const command: Command = {
  names: ["container stop", "stop"],
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  summary: "Stop one or more running containers",
  flags: stopFlags,
  args: [1, Number.POSITIVE_INFINITY],
  completeArgs: "running",
<<<<<<< HEAD
  run,
};

async function run(context: CommandContext): Promise<number> {
  const options = stopOptions(context);
  const stop = (id: string) => stopContainer(context.client(), id, options);
  await forEachAtOnce(context.args, stop, showDone(context));
  return 0;
}
=======
  run: ({ args, client, flags, terminal }) =>
    forEachContainer(args, terminal, (name) => stopContainer(client(), name, stopOptions(flags))),
};
>>>>>>> e1393ab (Every verb on containers from the command line)
