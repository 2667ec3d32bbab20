import { objectPath } from "../../../client/object-path.ts";
import type { Command, CommandContext } from "../../command.ts";
import { inspectFormatFlag } from "../../format-flag.ts";
import { inspectTypes } from "../../format/inspect.ts";
import { inspectObjects } from "../../inspect-objects.ts";

export const command: Command = {
  names: ["volume inspect"],
  usage: "[OPTIONS] VOLUME [VOLUME...]",
  summary: "Display detailed information on one or more volumes",
  flags: [inspectFormatFlag],
  args: [1, Number.POSITIVE_INFINITY],
  completeArgs: "volume",
  run,
};

function run(context: CommandContext): Promise<number> {
  return inspectObjects(context, async (name) => ({
    raw: await context.client().text("GET", objectPath("volume", name)),
    type: inspectTypes.volume,
    typedOnly: true,
  }));
}
