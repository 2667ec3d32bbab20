import { messageOf } from "../../../base/errors.ts";
import { fullName, isFullId, parseReference, withDefaultTag } from "../../../spec/reference.ts";
import { type Command, type CommandContext, CommandError } from "../../command.ts";

export const command: Command = {
  names: ["image tag", "tag"],
  usage: "SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]",
  summary: "Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE",
  flags: [],
  args: [2, 2],
  completeArgs: "image",
  run,
};

async function run({ args, client }: CommandContext): Promise<number> {
  const [source = "", target = ""] = args;
  if (!isFullId(source)) checked(source);
  const { digest, ...reference } = checked(target);
  if (digest !== undefined) throw new CommandError("refusing to create a tag with a digest reference");
  const { tag } = withDefaultTag(reference);
  await client().request("POST", `/images/${encodeURIComponent(source)}/tag`, {
    query: { repo: fullName(reference), tag },
  });
  return 0;
}

function checked(text: string): ReturnType<typeof parseReference> {
  try {
    return parseReference(text);
  } catch (error) {
    throw new CommandError(
      `Error parsing reference: ${JSON.stringify(text)} is not a valid repository/tag: ${messageOf(error)}`,
    );
  }
}
