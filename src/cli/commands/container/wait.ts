import { waitContainer } from "../../../client/containers.ts";
<<<<<<< HEAD
import type { Command, CommandContext } from "../../command.ts";
import { forEachArgument } from "../../for-each.ts";
=======
import type { Command } from "../../command.ts";
import { forEachContainer } from "../../each-container.ts";
>>>>>>> e1393ab (Every verb on containers from the command line)

export const command: Command = {
  names: ["container wait", "wait"],
  usage: "CONTAINER [CONTAINER...]",
  summary: "Block until one or more containers stop, then print their exit codes",
  flags: [],
  args: [1, Number.POSITIVE_INFINITY],
  completeArgs: "running",
<<<<<<< HEAD
  run,
};

async function run({ args, client, terminal, signal }: CommandContext): Promise<number> {
  await forEachArgument(args, async (id) => {
    const { StatusCode } = await waitContainer(client(), id, undefined, signal);
    terminal.out(`${StatusCode}\n`);
  });
  return 0;
}
=======
  run: ({ args, client, terminal }) =>
    forEachContainer(args, terminal, async (name) =>
      String((await waitContainer(client(), name)).StatusCode ?? 0),
    ),
};
>>>>>>> e1393ab (Every verb on containers from the command line)
