import type { Command, CommandContext } from "../../command.ts";
import { Contexts } from "../../context/contexts.ts";

export const command: Command = {
  names: ["context show"],
  usage: "",
  summary: "Print the name of the current context",
  flags: [],
  args: [0, 0],
  run,
};

async function run(context: CommandContext): Promise<number> {
  context.terminal.out(`${new Contexts(context).current()}\n`);
  return 0;
}
