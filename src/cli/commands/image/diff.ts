import { diffImages } from "../../../client/images.ts";
import { type Command, type CommandContext, CommandError } from "../../command.ts";

export const command: Command = {
  names: ["image diff"],
  usage: "[OPTIONS] IMAGE IMAGE",
  summary: "Show which files two images differ in, by layer, with sizes",
  details:
    "Show which files two images differ in: added (A), changed (C) and deleted (D), with their sizes and the layer that brought them.\nOf each layer it tells what it adds, changes and removes, and what of it later layers hide (WASTED): bytes that are stored and moved, and never seen.",
  flags: [
    {
      name: "format",
      kind: "string",
      summary: "Format output: 'json' prints all that the engine answers",
      complete: ["json"],
    },
    { name: "no-trunc", kind: "bool", summary: "Don't truncate output" },
  ],
  args: [2, 2],
  completeArgs: "image",
  run,
};

async function run({ flags, args, client, terminal, signal }: CommandContext): Promise<number> {
  const format = flags.string("format") ?? "";
  if (format !== "" && format !== "json")
    throw new CommandError(`invalid value "${format}" for --format: must be json`);
  const [from = "", to = ""] = args;
  const diff = await diffImages(client(), from, to, signal);
  if (format === "json") terminal.out(`${JSON.stringify(diff, undefined, 4)}\n`);
  else {
    const { renderImageDiff } = await import("../../format/image-diff.ts");
    terminal.out(renderImageDiff(diff, [from, to], !flags.bool("no-trunc")));
  }
  return 0;
}
