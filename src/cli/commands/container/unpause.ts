import { unpauseContainer } from "../../../client/containers.ts";
import type { Command, CommandContext } from "../../command.ts";
import { forEachAtOnce, showDone } from "../../for-each-at-once.ts";

export const command: Command = {
  names: ["container unpause", "unpause"],
  usage: "CONTAINER [CONTAINER...]",
  summary: "Unpause all processes within one or more containers",
  flags: [],
  args: [1, Number.POSITIVE_INFINITY],
  completeArgs: "running",
  run,
};

async function run(context: CommandContext): Promise<number> {
  await forEachAtOnce(context.args, (id) => unpauseContainer(context.client(), id), showDone(context));
  return 0;
}
