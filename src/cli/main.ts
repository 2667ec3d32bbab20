import { dispatch } from "./dispatch.ts";
import type { KernelIo } from "./kernel-io.ts";
import { ProcessTerminal } from "./terminal.ts";

/** The command role of the program: answers the exit code. */
export async function run(args: readonly string[], kernel: KernelIo): Promise<number> {
  const terminal = new ProcessTerminal(kernel);
  const code = await dispatch(args, programName(), terminal, kernel.readTextIfThere, kernel.localCopy);
  // Nothing is pending on our side (output is written at once), but a read of stdin may wait for ever.
  if (terminal.stdinOpened) process.exit(code);
  return code;
}

/** `docker` when called through a link of that name, so that every message names what the user typed. */
function programName(): string {
  const name = process.argv0.slice(process.argv0.lastIndexOf("/") + 1);
  return name === "docker" ? "docker" : "gantry";
}
