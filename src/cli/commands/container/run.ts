import { type CreateBody, startContainer } from "../../../client/containers.ts";
import type { Session } from "../../attach/session.ts";
import { type Command, type CommandContext, CommandError } from "../../command.ts";
import { createWithPull } from "../../create/create-container.ts";
import { createFlags } from "../../create/flags.ts";
import { parseCreate } from "../../create/parse-create.ts";
import { startError } from "../../create/run-error.ts";

export const command: Command = {
  names: ["container run", "run"],
  usage: "[OPTIONS] IMAGE [COMMAND] [ARG...]",
  summary: "Create and run a new container from an image",
  flags: [
    ...createFlags,
    {
      name: "detach",
      short: "d",
      kind: "bool",
      summary: "Run container in background and print container ID",
    },
    { name: "detach-keys", kind: "string", summary: "Override the key sequence for detaching a container" },
    {
      name: "sig-proxy",
      kind: "bool",
      default: "true",
      summary: "Proxy received signals to the process",
    },
  ],
  args: [1, Number.POSITIVE_INFINITY],
  flagsFirst: true,
  completeArgs: "image",
  run,
};

async function run(context: CommandContext): Promise<number> {
  const detached = context.flags.bool("detach");
  const body = parseCreate(context, detached);
  checkStreams(context, body, detached);
  const attached = Boolean(body.AttachStdin || body.AttachStdout || body.AttachStderr);
  // Loaded while the engine creates the container.
  const session = attached ? import("../../attach/session.ts") : undefined;
  const id = await createWithPull(context, body).catch((error: unknown) => {
    throw startError(context, error);
  });
  if (session === undefined) return startDetached(context, id);
  const { runAttached } = await session;
  return runAttached(context, sessionOf(context, id, body), (error) => startError(context, error));
}

function sessionOf({ flags }: CommandContext, id: string, body: CreateBody): Session {
  return {
    id,
    tty: body.Tty ?? false,
    stdin: body.AttachStdin ?? false,
    stdout: body.AttachStdout ?? false,
    stderr: body.AttachStderr ?? false,
    autoRemove: flags.bool("rm"),
    sigProxy: !flags.has("sig-proxy") || flags.bool("sig-proxy"),
  };
}

function checkStreams({ flags, terminal }: CommandContext, body: CreateBody, detached: boolean): void {
  if (detached && flags.has("attach"))
    throw new CommandError("conflicting options: cannot specify both --attach and --detach");
  if (body.AttachStdin && body.Tty && !terminal.stdinIsTty)
    throw new CommandError("the input device is not a TTY");
}

async function startDetached(context: CommandContext, id: string): Promise<number> {
  context.terminal.out(`${id}\n`);
  await startContainer(context.client(), id).catch((error: unknown) => {
    throw startError(context, error);
  });
  return 0;
}
