import { CommandError, type Terminal } from "./command.ts";
import { errorText } from "./error-text.ts";

/** Docker's own bound: an engine that works on more at once is no faster. */
const mostAtOnce = 50;

/**
 * Does the same to every container, many at once, and prints each name that worked, in the order given. Failures come
 * last, one a line, and make the exit code 1. `act` may answer the line to print instead of the name, or none (null).
 */
export async function forEachContainer(
  names: readonly string[],
  terminal: Terminal,
  act: (name: string) => Promise<string | null | void>,
): Promise<number> {
  const results: Promise<string | null | Error>[] = [];
  const failures: string[] = [];
  for (const [index, name] of names.entries()) {
    if (index >= mostAtOnce) await results[index - mostAtOnce];
    results.push(settle(name, act));
  }
  for (const result of results) {
    const outcome = await result;
    if (outcome instanceof Error) failures.push(errorText(outcome));
    else if (outcome !== null) terminal.out(`${outcome}\n`);
  }
  if (failures.length > 0) throw new CommandError(failures.join("\n"));
  return 0;
}

async function settle(
  name: string,
  act: (name: string) => Promise<string | null | void>,
): Promise<string | null | Error> {
  try {
    const line = await act(name);
    return line === undefined ? name : line;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
