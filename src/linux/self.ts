import { join } from "node:path";

/** The word that makes this program a child of the daemon instead of a command: `gantry --child ROLE …`. */
export const childFlag = "--child";

/**
 * The command line that starts this same program in a child role (see `main.ts`), compiled or from source. Children
 * do what must not happen in the daemon's own process: chroot, other mount namespaces, id mapping.
 */
export function childCommand(role: string, ...args: string[]): [string, ...string[]] {
  const compiled = import.meta.dir.startsWith("/$bunfs");
  const program = compiled ? [] : [join(import.meta.dir, "..", "main.ts")];
  return [process.execPath, ...program, childFlag, role, ...args];
}

/** The environment for such a child: the runtime's own switches must not reach it. */
export function childEnvironment(): Record<string, string | undefined> {
  const { BUN_OPTIONS: _options, BUN_BE_BUN: _be, BUN_INSPECT: _inspect, ...rest } = process.env;
  return rest;
}
