import type { StopOptions } from "../client/containers.ts";
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
  {
    name: "time",
    kind: "int",
    summary: "Seconds to wait before killing the container",
    hidden: true,
    deprecated: "use --timeout instead",
  },
];

export function stopOptions({ flags }: CommandContext): StopOptions {
  if (flags.has("time") && flags.has("timeout"))
    throw new CommandError("conflicting options: cannot specify both --timeout and --time");
  const signal = flags.string("signal");
  const timeoutSeconds = flags.int("timeout") ?? flags.int("time");
  return { ...(signal && { signal }), ...(timeoutSeconds !== undefined && { timeoutSeconds }) };
}
