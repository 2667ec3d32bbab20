import type { Command, CommandContext } from "../../command.ts";
import { createWithPull } from "../../create/create-container.ts";
import { createFlags } from "../../create/flags.ts";
import { parseCreate } from "../../create/parse-create.ts";

export const command: Command = {
  names: ["container create", "create"],
  usage: "[OPTIONS] IMAGE [COMMAND] [ARG...]",
  summary: "Create a new container",
  flags: createFlags,
  args: [1, Number.POSITIVE_INFINITY],
  flagsFirst: true,
  completeArgs: "image",
  run,
};

async function run(context: CommandContext): Promise<number> {
  const body = parseCreate(context, false);
  const id = await createWithPull(context, body);
  context.terminal.out(`${id}\n`);
  return 0;
}
