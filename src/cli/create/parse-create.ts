import type { CreateBody } from "../../client/containers.ts";
import type { CommandContext } from "../command.ts";
import { createBody } from "./body.ts";
import { checkPullPolicy } from "./create-container.ts";
import { proxyEnv } from "./proxy-env.ts";
import { withHelp } from "./run-error.ts";

/** The request that the command line asks for. Throws the CommandError to show when it makes no sense. */
export function parseCreate(context: CommandContext, detached: boolean): CreateBody {
  const { flags, args, terminal } = context;
  const defaultEnv = proxyEnv(context.config(), context.client().host);
  try {
    checkPullPolicy(flags.string("pull") ?? "missing");
    return createBody({
      flags,
      args,
      env: terminal.env,
      directory: process.cwd(),
      defaultEnv,
      detached,
      // Whether there is a terminal costs 3 ms to find out: only who wants one pays.
      consoleSize: flags.bool("tty") && terminal.stdoutIsTty ? [terminal.rows, terminal.columns] : [0, 0],
    });
  } catch (error) {
    throw withHelp(context, error);
  }
}
