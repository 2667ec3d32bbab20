import { CommandError, type CommandContext } from "./command.ts";
import { errorText } from "./error-text.ts";
import { createInspector, type Inspected, type Inspector } from "./format/inspect.ts";

/** What docker exits with when the format itself is wrong. */
const badFormatCode = 64;

/** Fetches each named object and prints it; failures come after what could be printed, and make the exit code 1. */
export async function inspectObjects(
  { args, flags, terminal }: Pick<CommandContext, "args" | "flags" | "terminal">,
  fetch: (reference: string) => Promise<Inspected>,
): Promise<number> {
  const inspector = await inspectorOf(flags.string("format") ?? "");
  const failures: string[] = [];
  for (const reference of args) {
    try {
      const problem = await inspector.add(await fetch(reference));
      if (problem !== undefined) failures.push(problem);
    } catch (error) {
      failures.push(errorText(error));
    }
  }
  terminal.out(inspector.text());
  if (failures.length > 0) throw new CommandError(failures.join("\n"));
  return 0;
}

async function inspectorOf(format: string): Promise<Inspector> {
  try {
    return await createInspector(format);
  } catch (error) {
    throw new CommandError(`template parsing error: ${errorText(error)}`, badFormatCode);
  }
}
