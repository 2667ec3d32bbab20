import { inspectContainer, startContainer } from "../../../client/containers.ts";
import { type Command, type CommandContext, CommandError } from "../../command.ts";
import { errorText } from "../../error-text.ts";

export const command: Command = {
  names: ["container start", "start"],
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  summary: "Start one or more stopped containers",
  flags: [
    { name: "attach", short: "a", kind: "bool", summary: "Attach STDOUT/STDERR and forward signals" },
    { name: "detach-keys", kind: "string", summary: "Override the key sequence for detaching a container" },
    { name: "interactive", short: "i", kind: "bool", summary: "Attach container's STDIN" },
  ],
  args: [1, Number.POSITIVE_INFINITY],
  completeArgs: "container",
  run,
};

async function run(context: CommandContext): Promise<number> {
  const { args, flags } = context;
  if (!flags.bool("attach") && !flags.bool("interactive")) return startAll(context);
  if (args.length > 1) throw new CommandError("you cannot start and attach multiple containers at once");
  return startAttached(context, args[0] ?? "");
}

async function startAll({ args, client, terminal }: CommandContext): Promise<number> {
  const failed: string[] = [];
  for (const name of args) {
    try {
      await startContainer(client(), name);
      terminal.out(`${name}\n`);
    } catch (error) {
      terminal.err(`${errorText(error)}\n`);
      failed.push(name);
    }
  }
  if (failed.length > 0) throw new CommandError(`Error: failed to start containers: ${failed.join(", ")}`);
  return 0;
}

async function startAttached(context: CommandContext, name: string): Promise<number> {
  const [{ Id = "", Config, HostConfig }, { runAttached }] = await Promise.all([
    inspectContainer(context.client(), name),
    import("../../attach/session.ts"),
  ]);
  const tty = Config?.Tty ?? false;
  const session = {
    id: Id,
    tty,
    stdin: context.flags.bool("interactive") && (Config?.OpenStdin ?? false),
    stdout: true,
    stderr: true,
    autoRemove: HostConfig?.AutoRemove ?? false,
    sigProxy: !tty,
  };
  return runAttached(context, session, (error) => error as Error);
}
