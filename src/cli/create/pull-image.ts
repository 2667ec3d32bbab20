import { nearest } from "../../base/nearest.ts";
import { ApiError } from "../../client/client.ts";
import { pullImage as pull, listImages } from "../../client/images.ts";
import type { CommandContext } from "../command.ts";

/** Pulls what `run` or `create` found missing; progress goes to stderr, stdout is the container's id alone. */
export async function pullImage({ flags, client, terminal }: CommandContext, image: string): Promise<void> {
  const quiet = flags.bool("quiet");
  try {
    for await (const message of pull(client(), image, flags.string("platform"))) {
      if (message.error) throw new ApiError(500, message.error);
      if (!quiet && message.status) terminal.err(`${message.id ? `${message.id}: ` : ""}${message.status}\n`);
    }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const near = await nearestLocal({ client }, image);
    throw near === undefined
      ? error
      : new ApiError(error.status, `${error.message}\nDid you mean '${near}'?`);
  }
}

/** The local image whose name is a slip of the keyboard away. */
async function nearestLocal(
  { client }: Pick<CommandContext, "client">,
  image: string,
): Promise<string | undefined> {
  const images = await listImages(client()).catch(() => []);
  const names = images.flatMap(({ RepoTags }) => RepoTags ?? []).filter((name) => !name.startsWith("<none>"));
  return nearest(image, names);
}
