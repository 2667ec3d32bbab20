import { ApiError, type Client } from "../../../client/client.ts";
import { type RemoveOptions, removeContainer } from "../../../client/containers.ts";
import { type Command, type CommandContext, CommandError } from "../../command.ts";
import { errorText } from "../../error-text.ts";
import { forEachAtOnce } from "../../for-each-at-once.ts";

export const command: Command = {
  names: ["container rm", "rm", "container remove"],
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  summary: "Remove one or more containers",
  flags: [
    {
      name: "force",
      short: "f",
      kind: "bool",
      summary: "Force the removal of a running container (uses SIGKILL)",
    },
    { name: "link", short: "l", kind: "bool", summary: "Remove the specified link" },
    {
      name: "volumes",
      short: "v",
      kind: "bool",
      summary: "Remove anonymous volumes associated with the container",
    },
  ],
  args: [1, Number.POSITIVE_INFINITY],
  completeArgs: "container",
  run,
};

async function run({ flags, args, client, terminal }: CommandContext): Promise<number> {
  const options = {
    force: flags.bool("force"),
    link: flags.bool("link"),
    volumes: flags.bool("volumes"),
  };
  await forEachAtOnce(
    args,
    (arg) => remove(client(), nameIn(arg), options),
    (arg, missing) => {
      if (missing) terminal.err(`${errorText(missing)}\n`);
      else terminal.out(`${arg}\n`);
    },
  );
  return 0;
}

/** Forced removal of what is not there is no failure: the error is the answer. */
async function remove(client: Client, name: string, options: RemoveOptions): Promise<ApiError | undefined> {
  try {
    await removeContainer(client, name, options);
    return undefined;
  } catch (error) {
    if (options.force && error instanceof ApiError && error.status === 404) return error;
    throw error;
  }
}

/** `/name` and `name/` are `name`. */
function nameIn(text: string): string {
  const name = text.replace(/^\/+|\/+$/g, "");
  if (name === "") throw new CommandError("container name cannot be empty");
  return name;
}
