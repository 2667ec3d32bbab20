import { inspectContainer } from "../../../client/containers.ts";
import type { ContainerState } from "../../../spec/api/container.ts";
import { type Command, type CommandContext, CommandError } from "../../command.ts";

export const command: Command = {
  names: ["container attach", "attach"],
  usage: "[OPTIONS] CONTAINER",
  summary: "Attach local standard input, output, and error streams to a running container",
  flags: [
    { name: "detach-keys", kind: "string", summary: "Override the key sequence for detaching a container" },
    { name: "no-stdin", kind: "bool", summary: "Do not attach STDIN" },
    {
      name: "sig-proxy",
      kind: "bool",
      default: "true",
      summary: "Proxy all received signals to the process",
    },
  ],
  args: [1, 1],
  completeArgs: "running",
  run,
};

async function run(context: CommandContext): Promise<number> {
  const { args, flags, terminal } = context;
  const [{ Id = "", Config, State }, { joinRunning }] = await Promise.all([
    inspectContainer(context.client(), args[0] ?? ""),
    import("../../attach/session.ts"),
  ]);
  checkState(State);
  const tty = Config?.Tty ?? false;
  const stdin = !flags.bool("no-stdin") && (Config?.OpenStdin ?? false);
  if (stdin && tty && !terminal.stdinIsTty) throw new CommandError("the input device is not a TTY");
  return joinRunning(context, {
    id: Id,
    tty,
    stdin,
    stdout: true,
    stderr: true,
    autoRemove: false,
    sigProxy: !flags.has("sig-proxy") || flags.bool("sig-proxy"),
  });
}

function checkState({ Running, Paused, Restarting }: ContainerState = {}): void {
  if (!Running) throw new CommandError("You cannot attach to a stopped container, start it first");
  if (Paused) throw new CommandError("You cannot attach to a paused container, unpause it first");
  if (Restarting)
    throw new CommandError("You cannot attach to a restarting container, wait until it is running");
}
