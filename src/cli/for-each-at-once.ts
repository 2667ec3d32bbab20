import type { CommandContext } from "./command.ts";
import { forEachArgument } from "./for-each.ts";

/** How many the engine is asked for at the same time, as docker does. */
const mostAtOnce = 50;

/** As `forEachArgument`, asking for many at once; `done` is still told of them in the order given. */
export async function forEachAtOnce<T>(
  args: readonly string[],
  run: (arg: string) => Promise<T>,
  done: (arg: string, result: T) => void,
): Promise<void> {
  const work = startInTurn(args, run).values();
  await forEachArgument(args, async (arg) => {
    const one = work.next();
    if (!one.done) done(arg, await one.value);
  });
}

/** For commands that print each argument when it is done. */
export function showDone({ terminal }: CommandContext): (arg: string) => void {
  return (arg) => terminal.out(`${arg}\n`);
}

/** A promise each; one starts when the fiftieth before it has ended. */
function startInTurn<T>(args: readonly string[], run: (arg: string) => Promise<T>): Promise<T>[] {
  const work: Promise<T>[] = [];
  for (const [at, arg] of args.entries()) {
    const one = ended(work[at - mostAtOnce]).then(() => run(arg));
    // Who waits for an earlier one has not asked for this one's failure yet.
    one.catch(() => undefined);
    work.push(one);
  }
  return work;
}

async function ended(work: Promise<unknown> | undefined): Promise<void> {
  await work?.catch(() => undefined);
}
