import { CommandError, type CommandContext } from "../command.ts";
import { errorText } from "../error-text.ts";

/** An error of `run` or `create` with the pointer to help that docker adds. */
export function withHelp(context: CommandContext, error: unknown, exitCode = 125): CommandError {
  const { program, path } = context;
  const word = path.split(" ").at(-1);
  return new CommandError(
    `${program}: ${errorText(error)}\n\nRun '${program} ${word} --help' for more information`,
    exitCode,
  );
}

/** An error that may come from the container's command: 127 when it was not found, 126 when it cannot run, else 125. */
export function startError(context: CommandContext, error: unknown): CommandError {
  const text = errorText(error);
  if (/executable file not found|no such file or directory/.test(text)) return withHelp(context, error, 127);
  if (/permission denied|is a directory/.test(text)) return withHelp(context, error, 126);
  return withHelp(context, error);
}
