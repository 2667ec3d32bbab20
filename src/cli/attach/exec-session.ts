import { type ExecOptions, attachExec, inspectExec, resizeExec } from "../../client/execs.ts";
import { type CommandContext, CommandError } from "../command.ts";
import { detachKeys } from "./session.ts";
import { relay } from "./relay.ts";
import { followTerminalSize } from "./terminal-size.ts";

/** Starts a created exec and stays with it; answers its exit code. */
export async function runExec(context: CommandContext, id: string, options: ExecOptions): Promise<number> {
  const { terminal } = context;
  const client = context.client();
  const { Tty = false, AttachStdin = false, ConsoleSize } = options;
  const connection = await attachExec(client, id, {
    Detach: false,
    Tty,
    ...(ConsoleSize !== undefined && { ConsoleSize }),
  });
  const stopFollowing =
    Tty && terminal.stdinIsTty
      ? followTerminalSize(terminal, (rows, columns) => resizeExec(client, id, rows, columns))
      : undefined;
  const end = await relay({
    terminal,
    connection,
    tty: Tty,
    stdin: AttachStdin,
    detachKeys: detachKeys(context),
  }).finally(() => stopFollowing?.());
  if (end === "detached") throw new CommandError("read escape sequence");
  return (await inspectExec(client, id)).ExitCode ?? 0;
}
