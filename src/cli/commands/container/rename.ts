import { renameContainer } from "../../../client/containers.ts";
import { type Command, type CommandContext, CommandError } from "../../command.ts";
import { errorText } from "../../error-text.ts";

export const command: Command = {
  names: ["container rename", "rename"],
  usage: "CONTAINER NEW_NAME",
  summary: "Rename a container",
  flags: [],
  args: [2, 2],
  completeArgs: "container",
  run,
};

async function run({ args, client }: CommandContext): Promise<number> {
  const [from = "", to = ""] = args.map((arg) => arg.trim());
  if (from === "" || to === "") throw new CommandError("Error: Neither old nor new names may be empty");
  try {
    await renameContainer(client(), from, to);
    return 0;
  } catch (error) {
    throw new CommandError(`${errorText(error)}\nError: failed to rename container named ${from}`);
  }
}
