import { killContainer } from "../../../client/containers.ts";
import type { Command, CommandContext } from "../../command.ts";
import { forEachAtOnce, showDone } from "../../for-each-at-once.ts";
import { signalFlag } from "../../stop-flags.ts";

export const command: Command = {
  names: ["container kill", "kill"],
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  summary: "Kill one or more running containers",
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
