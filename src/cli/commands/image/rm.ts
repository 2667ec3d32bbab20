import { ApiError } from "../../../client/client.ts";
import type { ImageDeleteResponseItem } from "../../../spec/api/image.ts";
import { type Command, type CommandContext, CommandError } from "../../command.ts";
import { errorText } from "../../error-text.ts";
import { platformQuery } from "../../platform-flag.ts";

export const command: Command = {
  names: ["image rm", "rmi", "image remove"],
  usage: "[OPTIONS] IMAGE [IMAGE...]",
  summary: "Remove one or more images",
  flags: [
    { name: "force", short: "f", kind: "bool", summary: "Force removal of the image" },
    { name: "no-prune", kind: "bool", summary: "Do not delete untagged parents" },
    {
      name: "platform",
      kind: "list",
      value: "strings",
      summary:
        'Remove only the given platform variant. Formatted as "os[/arch[/variant]]" (e.g., "linux/amd64")',
    },
  ],
  args: [1, Number.POSITIVE_INFINITY],
  completeArgs: "image",
  run,
};

async function run({ flags, args, client, terminal }: CommandContext): Promise<number> {
  const platforms = flags
    .list("platform")
    .flatMap((text) => text.split(","))
    .map((text) => JSON.stringify(platformQuery(text)));
  const query = {
    ...(flags.bool("force") && { force: 1 }),
    ...(flags.bool("no-prune") && { noprune: 1 }),
    ...(platforms.length > 0 && { platforms }),
  };
  const failures: unknown[] = [];
  for (const image of args) {
    try {
      const removed = await client().request<ImageDeleteResponseItem[]>(
        "DELETE",
        `/images/${encodeURIComponent(image)}`,
        { query },
      );
      for (const { Deleted, Untagged } of removed)
        terminal.out(Deleted ? `Deleted: ${Deleted}\n` : `Untagged: ${Untagged ?? ""}\n`);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length === 0) return 0;
  const message = failures.map(errorText).join("\n");
  const allMissing = failures.every((error) => error instanceof ApiError && error.status === 404);
  if (!flags.bool("force") || !allMissing) throw new CommandError(message);
  // Forced removal of what is not there is no failure.
  terminal.err(`${message}\n`);
  return 0;
}
