import { constants, closeSync, openSync, writeFileSync } from "node:fs";
import { type Command, type CommandContext, CommandError } from "../../command.ts";
import { exportContext } from "../../context/archive.ts";
import { Contexts } from "../../context/contexts.ts";
import { checkContextName } from "../../context/store.ts";
import { openError } from "../../open-error.ts";
import { defaultContext } from "../../target.ts";

export const command: Command = {
  names: ["context export"],
  usage: "[OPTIONS] CONTEXT [FILE|-]",
  summary: "Export a context to a tar archive FILE or a tar stream on STDOUT.",
  flags: [],
  args: [1, 2],
  completeArgs: "context",
  run,
};

async function run(context: CommandContext): Promise<number> {
  const { args, terminal } = context;
  const [name = "", path = `${name}.dockercontext`] = args;
  if (name !== defaultContext) checkContextName(name);
  const contexts = new Contexts(context);
  const archive = exportContext(contexts.get(name), contexts.tls(name));
  if (path === "-") {
    if (terminal.stdoutIsTty)
      throw new CommandError("cowardly refusing to export to a terminal, specify a file path");
    terminal.out(archive);
    return 0;
  }
  writeNew(path, archive);
  terminal.err(`Written file ${JSON.stringify(path)}\n`);
  return 0;
}

function writeNew(path: string, data: Buffer): void {
  try {
    const fd = openSync(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600);
    writeFileSync(fd, data);
    closeSync(fd);
  } catch (error) {
    throw openError(path, error);
  }
}
