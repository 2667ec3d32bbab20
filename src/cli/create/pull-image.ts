import { nearest } from "../../base/nearest.ts";
import { ApiError } from "../../client/client.ts";
import { pullImage as pull, listImages } from "../../client/images.ts";
import { parseReference } from "../../spec/reference.ts";
import type { CommandContext } from "../command.ts";
import { displayProgress, drainProgress, type ProgressLine } from "../progress/display.ts";
import { encodeAuth, readCredentials, serverKey } from "../registry-auth/credentials.ts";

/** Pulls what `run` or `create` found missing; progress goes to stderr, stdout is the container's id alone. */
export async function pullImage(context: CommandContext, image: string): Promise<void> {
  const { flags, client, config, terminal } = context;
  const server = serverKey(parseReference(image).domain);
  const lines = pull(client(), image, {
    platform: flags.string("platform"),
    registryAuth: encodeAuth(readCredentials(config(), server)),
  }) as AsyncIterable<ProgressLine>;
  const screen = {
    out: (text: string | Uint8Array) => terminal.err(text),
    stdoutIsTty: terminal.stderrIsTty,
    columns: terminal.columns,
  };
  try {
    await (flags.bool("quiet") ? drainProgress(lines) : displayProgress(lines, screen));
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
