import { inspectContainer } from "../../../client/containers.ts";
import { type ExecOptions, createExec, startExec } from "../../../client/execs.ts";
import { messageOf } from "../../../base/errors.ts";
import { parseEnv } from "../../../spec/key-value-file.ts";
import { type Command, type CommandContext, CommandError } from "../../command.ts";
import { readPairFile } from "../../create/environment.ts";

export const command: Command = {
  names: ["container exec", "exec"],
  usage: "[OPTIONS] CONTAINER COMMAND [ARG...]",
  summary: "Execute a command in a running container",
  flags: [
    {
      name: "detach",
      short: "d",
      kind: "bool",
      summary: "Detached mode: run command in the background",
    },
    { name: "detach-keys", kind: "string", summary: "Override the key sequence for detaching a container" },
    {
      name: "env",
      short: "e",
      kind: "list",
      summary: "Set environment variables",
      check: (value) => void parseEnv(value, () => undefined),
    },
    { name: "env-file", kind: "list", summary: "Read in a file of environment variables" },
    { name: "interactive", short: "i", kind: "bool", summary: "Keep STDIN open even if not attached" },
    { name: "privileged", kind: "bool", summary: "Give extended privileges to the command" },
    { name: "tty", short: "t", kind: "bool", summary: "Allocate a pseudo-TTY" },
    {
      name: "user",
      short: "u",
      kind: "string",
      summary: 'Username or UID (format: "<name|uid>[:<group|gid>]")',
    },
    { name: "workdir", short: "w", kind: "string", summary: "Working directory inside the container" },
  ],
  args: [2, Number.POSITIVE_INFINITY],
  flagsFirst: true,
  completeArgs: "running",
  run,
};

async function run(context: CommandContext): Promise<number> {
  const { args, flags, terminal } = context;
  const [container = ""] = args;
  const options = execOptions(context);
  const detached = flags.bool("detach");
  if (!detached && options.AttachStdin && options.Tty && !terminal.stdinIsTty) {
    // A container that does not exist is the worse mistake.
    await inspectContainer(context.client(), container);
    throw new CommandError("the input device is not a TTY");
  }
  // Loaded while the engine makes the exec.
  const session = detached ? undefined : import("../../attach/exec-session.ts");
  const id = await createExec(context.client(), container, options);
  if (session !== undefined) return (await session).runExec(context, id, options);
  await startExec(context.client(), id, { Detach: true, Tty: options.Tty ?? false });
  return 0;
}

function execOptions({ args, flags, terminal, config }: CommandContext): ExecOptions {
  const attached = !flags.bool("detach");
  const { rows, columns } = flags.bool("tty") ? terminal : { rows: 0, columns: 0 };
  const environment = variables(flags.list("env-file"), flags.list("env"), terminal.env);
  return {
    User: flags.string("user") ?? "",
    Privileged: flags.bool("privileged"),
    Tty: flags.bool("tty"),
    ...(rows > 0 && { ConsoleSize: [rows, columns] as [number, number] }),
    AttachStdin: attached && flags.bool("interactive"),
    AttachStdout: attached,
    AttachStderr: attached,
    DetachKeys: flags.string("detach-keys") || (config().detachKeys ?? ""),
    Env: environment.length > 0 ? environment : null,
    WorkingDir: flags.string("workdir") ?? "",
    Cmd: args.slice(1),
  };
}

function variables(
  files: readonly string[],
  given: readonly string[],
  own: Record<string, string | undefined>,
): string[] {
  const lookup = (name: string) => own[name];
  try {
    return [
      ...files.flatMap((path) => readPairFile(path, lookup)),
      ...given.map((variable) => parseEnv(variable, lookup)),
    ];
  } catch (error) {
    throw new CommandError(messageOf(error));
  }
}
