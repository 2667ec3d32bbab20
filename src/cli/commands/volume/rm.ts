import { objectPath } from "../../../client/object-path.ts";
import type { Command, CommandContext } from "../../command.ts";
import { forEachArgument } from "../../for-each.ts";

export const command: Command = {
  names: ["volume rm", "volume remove"],
  usage: "[OPTIONS] VOLUME [VOLUME...]",
  summary: "Remove one or more volumes",
  details: "Remove one or more volumes. You cannot remove a volume that is in use by a container.",
  flags: [{ name: "force", short: "f", kind: "bool", summary: "Force the removal of one or more volumes" }],
  args: [1, Number.POSITIVE_INFINITY],
  completeArgs: "volume",
  run,
};

async function run({ flags, args, client, terminal }: CommandContext): Promise<number> {
  const query = flags.bool("force") ? { force: 1 } : {};
  await forEachArgument(args, async (name) => {
    await client().request("DELETE", objectPath("volume", name), { query });
    terminal.out(`${name}\n`);
  });
  return 0;
}
