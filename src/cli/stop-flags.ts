import type { StopOptions } from "../client/containers.ts";
<<<<<<< HEAD
import { type CommandContext, CommandError, type Flag } from "./command.ts";

export const signalFlag: Flag = {
  name: "signal",
  short: "s",
  kind: "string",
  summary: "Signal to send to the container",
};

/** What stop and restart share; `--time` is the name of before docker 28. */
export const stopFlags: readonly Flag[] = [
  signalFlag,
  { name: "timeout", short: "t", kind: "int", summary: "Seconds to wait before killing the container" },
  { name: "time", kind: "int", summary: "Seconds to wait before killing the container", hidden: true },
];

export function stopOptions({ flags, terminal }: CommandContext): StopOptions {
  if (flags.has("time")) {
    terminal.out("Flag --time has been deprecated, use --timeout instead\n");
    if (flags.has("timeout"))
      throw new CommandError("conflicting options: cannot specify both --timeout and --time");
  }
  const signal = flags.string("signal");
  const timeoutSeconds = flags.int("timeout") ?? flags.int("time");
  return { ...(signal && { signal }), ...(timeoutSeconds !== undefined && { timeoutSeconds }) };
=======
import type { Flag, ParsedFlags } from "./command.ts";

/** Flags of `stop` and `restart`. */
export const stopFlags: readonly Flag[] = [
  { name: "signal", short: "s", kind: "string", summary: "Signal to send to the container" },
  { name: "timeout", short: "t", kind: "int", summary: "Seconds to wait before killing the container" },
  {
    name: "time",
    kind: "int",
    summary: "Seconds to wait before killing the container",
    hidden: true,
    deprecated: "use --timeout instead",
  },
];

export function stopOptions(flags: ParsedFlags): StopOptions {
  const timeoutSeconds = flags.int("timeout") ?? flags.int("time");
  return {
    signal: flags.string("signal") ?? "",
    ...(timeoutSeconds !== undefined && { timeoutSeconds }),
  };
>>>>>>> e1393ab (Every verb on containers from the command line)
}
