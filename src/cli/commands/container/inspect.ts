import { objectPath } from "../../../client/object-path.ts";
import type { Command } from "../../command.ts";
import { inspectFormatFlag } from "../../format-flag.ts";
import { inspectTypes } from "../../format/inspect.ts";
import { inspectObjects } from "../../inspect-objects.ts";

export const command: Command = {
  names: ["container inspect"],
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  summary: "Display detailed information on one or more containers",
  flags: [inspectFormatFlag, { name: "size", short: "s", kind: "bool", summary: "Display total file sizes" }],
  args: [1, Number.POSITIVE_INFINITY],
  completeArgs: "container",
  run: (context) =>
    inspectObjects(context, async (name) => ({
      raw: await context.client().text("GET", `${objectPath("container", name)}/json`, {
        query: { ...(context.flags.bool("size") && { size: 1 }) },
      }),
      type: inspectTypes.container,
    })),
};
