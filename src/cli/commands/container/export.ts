import { exportContainer } from "../../../client/containers.ts";
import { type Command, type CommandContext, CommandError } from "../../command.ts";
import { openOutputFile } from "../../output-file.ts";

export const command: Command = {
  names: ["container export", "export"],
  usage: "[OPTIONS] CONTAINER",
  summary: "Export a container's filesystem as a tar archive",
  flags: [
    {
      name: "output",
      short: "o",
      kind: "string",
      summary: "Write to a file, instead of STDOUT",
      complete: "file",
    },
  ],
  args: [1, 1],
  completeArgs: "container",
  run,
};

async function run({ args, client, flags, terminal, signal }: CommandContext): Promise<number> {
  const path = flags.string("output") ?? "";
  if (path === "" && terminal.stdoutIsTty)
    throw new CommandError("cowardly refusing to save to a terminal. Use the -o flag or redirect");
  const file = path === "" ? undefined : openOutputFile(path, "failed to export container");
  try {
    for await (const chunk of await exportContainer(client(), args[0] ?? "", signal)) {
      if (file === undefined) terminal.out(chunk as Uint8Array);
      else file.write(chunk as Uint8Array);
    }
  } catch (error) {
    file?.abort();
    throw error;
  }
  file?.commit();
  return 0;
}
