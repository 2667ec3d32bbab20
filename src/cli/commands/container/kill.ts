import { killContainer } from "../../../client/containers.ts";
<<<<<<< HEAD
import type { Command, CommandContext } from "../../command.ts";
import { forEachAtOnce, showDone } from "../../for-each-at-once.ts";
import { signalFlag } from "../../stop-flags.ts";
=======
import type { Command } from "../../command.ts";
import { forEachContainer } from "../../each-container.ts";
>>>>>>> e1393ab (Every verb on containers from the command line)

export const command: Command = {
  names: ["container kill", "kill"],
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  summary: "Kill one or more running containers",
<<<<<<< HEAD
  flags: [signalFlag],
  args: [1, Number.POSITIVE_INFINITY],
  completeArgs: "running",
  run,
};

async function run(context: CommandContext): Promise<number> {
  const signal = context.flags.string("signal");
  await forEachAtOnce(context.args, (id) => killContainer(context.client(), id, signal), showDone(context));
  return 0;
}
=======
  flags: [{ name: "signal", short: "s", kind: "string", summary: "Signal to send to the container" }],
  args: [1, Number.POSITIVE_INFINITY],
  completeArgs: "running",
  run: ({ args, client, flags, terminal }) =>
    forEachContainer(args, terminal, (name) => killContainer(client(), name, flags.string("signal"))),
};
>>>>>>> e1393ab (Every verb on containers from the command line)
