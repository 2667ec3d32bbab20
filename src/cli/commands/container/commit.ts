import { fullName, parseReference } from "../../../spec/reference.ts";
import type { Command, CommandContext } from "../../command.ts";

export const command: Command = {
  names: ["container commit", "commit"],
  usage: "[OPTIONS] CONTAINER [REPOSITORY[:TAG]]",
  summary: "Create a new image from a container's changes",
  flags: [
    {
      name: "author",
      short: "a",
      kind: "string",
      summary: 'Author (e.g., "John Hannibal Smith <hannibal@a-team.com>")',
    },
    {
      name: "change",
      short: "c",
      kind: "list",
      summary: "Apply Dockerfile instruction to the created image",
    },
    { name: "message", short: "m", kind: "string", summary: "Commit message" },
    {
      name: "pause",
      short: "p",
      kind: "bool",
      default: "true",
      summary: "Pause container during commit",
    },
  ],
  args: [1, 2],
  completeArgs: "container",
  run,
};

async function run({ args, client, flags, terminal }: CommandContext): Promise<number> {
  const [container, image = ""] = args;
  const reference = image === "" ? undefined : parseReference(image);
  const { Id } = await client().request<{ Id: string }>("POST", "/commit", {
    query: {
      author: flags.string("author") ?? "",
      changes: flags.list("change"),
      comment: flags.string("message") ?? "",
      container,
      ...(flags.has("pause") && !flags.bool("pause") && { pause: 0 }),
      repo: reference === undefined ? "" : fullName(reference),
      tag: reference?.tag ?? (reference === undefined ? "" : "latest"),
    },
  });
  terminal.out(`${Id}\n`);
  return 0;
}
