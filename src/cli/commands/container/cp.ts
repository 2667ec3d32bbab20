import type { Command, CommandContext } from "../../command.ts";
import { CommandError } from "../../command.ts";
import { copyFromContainer } from "../../copy/from-container.ts";
import { parseCopyArgument } from "../../copy/paths.ts";
import { copyToContainer } from "../../copy/to-container.ts";

export const command: Command = {
  names: ["container cp", "cp"],
  usage: "[OPTIONS] CONTAINER:SRC_PATH DEST_PATH|-\n\tgantry cp [OPTIONS] SRC_PATH|- CONTAINER:DEST_PATH",
  summary: "Copy files/folders between a container and the local filesystem",
  details: `Copy files/folders between a container and the local filesystem

Use '-' as the source to read a tar archive from stdin
and extract it to a directory destination in a container.
Use '-' as the destination to stream a tar archive of a
container source to stdout.`,
  flags: [
    { name: "archive", short: "a", kind: "bool", summary: "Archive mode (copy all uid/gid information)" },
    { name: "follow-link", short: "L", kind: "bool", summary: "Always follow symbol link in SRC_PATH" },
    {
      name: "quiet",
      short: "q",
      kind: "bool",
      summary:
        "Suppress progress output during copy. Progress output is automatically suppressed if no terminal is attached",
    },
  ],
  args: [2, 2],
  run,
};

async function run(context: CommandContext): Promise<number> {
  const { args, flags, terminal } = context;
  const [from = "", to = ""] = args;
  if (from === "") throw new CommandError("source can not be empty");
  if (to === "") throw new CommandError("destination can not be empty");
  const [source, destination] = [parseCopyArgument(from), parseCopyArgument(to)];
  const options = {
    archive: flags.bool("archive"),
    followLink: flags.bool("follow-link"),
    quiet: flags.has("quiet") ? flags.bool("quiet") : !terminal.stdoutIsTty,
  };
  if (source.container !== "" && destination.container !== "")
    throw new CommandError("copying between containers is not supported");
  if (source.container === "" && destination.container === "")
    throw new CommandError("must specify at least one container source");
  if (source.container !== "") {
    const { container, path } = source;
    await copyFromContainer(context, {
      ...options,
      container,
      containerPath: path,
      localPath: destination.path,
    });
  } else {
    const { container, path } = destination;
    await copyToContainer(context, { ...options, container, containerPath: path, localPath: source.path });
  }
  return 0;
}
