import { dispatch } from "./dispatch.ts";
import { ProcessTerminal } from "./terminal.ts";

/** The command role of the program: answers the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  return dispatch(args, programName(), new ProcessTerminal());
}

/** `docker` when called through a link of that name, so that every message names what the user typed. */
function programName(): string {
  const name = process.argv0.slice(process.argv0.lastIndexOf("/") + 1);
  return name === "docker" ? "docker" : "gantry";
}
