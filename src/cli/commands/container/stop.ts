import { stopContainer } from "../../../client/containers.ts";
import type { Command, CommandContext } from "../../command.ts";
import { forEachAtOnce, showDone } from "../../for-each-at-once.ts";
import { stopFlags, stopOptions } from "../../stop-flags.ts";

export const command: Command = {
  names: ["container stop", "stop"],
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  summary: "Stop one or more running containers",
  flags: stopFlags,
  args: [1, Number.POSITIVE_INFINITY],
  completeArgs: "running",
  run,
};

async function run(context: CommandContext): Promise<number> {
  const options = stopOptions(context);
  const stop = (id: string) => stopContainer(context.client(), id, options);
  await forEachAtOnce(context.args, stop, showDone(context));
  return 0;
}
