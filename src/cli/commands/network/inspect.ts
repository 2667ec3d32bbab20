import { objectPath } from "../../../client/object-path.ts";
import type { Command, CommandContext } from "../../command.ts";
import { inspectFormatFlag } from "../../format-flag.ts";
import { inspectTypes } from "../../format/inspect.ts";
import { inspectObjects } from "../../inspect-objects.ts";

export const command: Command = {
  names: ["network inspect"],
  usage: "[OPTIONS] NETWORK [NETWORK...]",
  summary: "Display detailed information on one or more networks",
  flags: [
    inspectFormatFlag,
    { name: "verbose", short: "v", kind: "bool", summary: "Verbose output for diagnostics" },
  ],
  args: [1, Number.POSITIVE_INFINITY],
  completeArgs: "network",
  run,
};

function run(context: CommandContext): Promise<number> {
  const query = context.flags.bool("verbose") ? { verbose: true } : {};
  return inspectObjects(context, async (name) => ({
    raw: await context.client().text("GET", objectPath("network", name), { query }),
    type: inspectTypes.network,
  }));
}
