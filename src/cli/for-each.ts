import { CommandError } from "./command.ts";
import { errorText } from "./error-text.ts";

/** Runs one after the other; failures are collected and thrown together at the end, one a line. */
export async function forEachArgument(
  args: readonly string[],
  run: (arg: string) => Promise<void>,
): Promise<void> {
  const failures: string[] = [];
  for (const arg of args) {
    try {
      await run(arg);
    } catch (error) {
      // Ctrl-C is none of these: nothing more is asked for.
      if (error instanceof Error && error.name === "AbortError") throw error;
      failures.push(errorText(error));
    }
  }
  if (failures.length > 0) throw new CommandError(failures.join("\n"));
}
