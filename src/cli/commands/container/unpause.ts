import { unpauseContainer } from "../../../client/containers.ts";
<<<<<<< HEAD
import type { Command, CommandContext } from "../../command.ts";
import { forEachAtOnce, showDone } from "../../for-each-at-once.ts";
=======
import type { Command } from "../../command.ts";
import { forEachContainer } from "../../each-container.ts";
>>>>>>> e1393ab (Every verb on containers from the command line)

export const command: Command = {
  names: ["container unpause", "unpause"],
  usage: "CONTAINER [CONTAINER...]",
  summary: "Unpause all processes within one or more containers",
  flags: [],
  args: [1, Number.POSITIVE_INFINITY],
  completeArgs: "running",
<<<<<<< HEAD
  run,
};

async function run(context: CommandContext): Promise<number> {
  await forEachAtOnce(context.args, (id) => unpauseContainer(context.client(), id), showDone(context));
  return 0;
}
=======
  run: ({ args, client, terminal }) =>
    forEachContainer(args, terminal, (name) => unpauseContainer(client(), name)),
};
>>>>>>> e1393ab (Every verb on containers from the command line)
