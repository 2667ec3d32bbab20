import type { Volume } from "../../../spec/api/volume.ts";
import { type Command, type CommandContext, CommandError } from "../../command.ts";
import { keyValues } from "../../key-values.ts";

export const command: Command = {
  names: ["volume create"],
  usage: "[OPTIONS] [VOLUME]",
  summary: "Create a volume",
  flags: [
    {
      name: "driver",
      short: "d",
      kind: "string",
      summary: "Specify volume driver name",
      default: '"local"',
    },
    { name: "label", kind: "list", summary: "Set metadata for a volume" },
    { name: "name", kind: "string", summary: "Specify volume name", hidden: true },
    {
      name: "opt",
      short: "o",
      kind: "list",
      value: "map",
      summary: "Set driver specific options",
      default: "map[]",
    },
  ],
  args: [0, 1],
  run,
};

async function run({ flags, args, client, terminal }: CommandContext): Promise<number> {
  const [positional] = args;
  if (positional !== undefined && flags.has("name"))
    throw new CommandError(
      "conflicting options: cannot specify a volume-name through both --name and as a positional arg",
    );
  const volume = await client().request<Volume>("POST", "/volumes/create", {
    body: {
      Name: positional ?? flags.string("name") ?? "",
      Driver: flags.string("driver") ?? "local",
      ...(flags.has("opt") && { DriverOpts: keyValues(flags.list("opt")) }),
      ...(flags.has("label") && { Labels: keyValues(flags.list("label")) }),
    },
  });
  terminal.out(`${volume.Name ?? ""}\n`);
  return 0;
}
