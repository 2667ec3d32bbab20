import { objectPath } from "../../../client/object-path.ts";
import type { Command, CommandContext } from "../../command.ts";
import { inspectFormatFlag } from "../../format-flag.ts";
import { inspectTypes } from "../../format/inspect.ts";
import { inspectObjects } from "../../inspect-objects.ts";
import { platformQuery } from "../../platform-flag.ts";

export const command: Command = {
  names: ["image inspect"],
  usage: "[OPTIONS] IMAGE [IMAGE...]",
  summary: "Display detailed information on one or more images",
  flags: [
    inspectFormatFlag,
    {
      name: "platform",
      kind: "string",
      summary:
        "Inspect a specific platform of the multi-platform image.\nIf the image or the server is not multi-platform capable, the command will error out if the platform does not match.\n'os[/arch[/variant]]': Explicit platform (eg. linux/amd64)",
    },
  ],
  args: [1, Number.POSITIVE_INFINITY],
  completeArgs: "image",
  run,
};

async function run(context: CommandContext): Promise<number> {
  const platform = platformQuery(context.flags.string("platform"));
  return inspectObjects(context, async (reference) => ({
    raw: await context
      .client()
      .text("GET", `${objectPath("image", reference)}/json`, { query: { platform } }),
    type: inspectTypes.image,
  }));
}
