import type { Command, CommandContext } from "../../command.ts";
import { configDirectory } from "../../config-file.ts";
import { updateConfig } from "../../config-save.ts";
import { Contexts } from "../../context/contexts.ts";
import { checkContextName } from "../../context/store.ts";
import { defaultContext } from "../../target.ts";

export const command: Command = {
  names: ["context use"],
  usage: "CONTEXT",
  summary: "Set the current docker context",
  flags: [],
  args: [1, 1],
  completeArgs: "context",
  run,
};

async function run(context: CommandContext): Promise<number> {
  const { args, config, globals, terminal } = context;
  const [name = ""] = args;
  const wanted = name === defaultContext ? "" : name;
  if (wanted !== "") {
    checkContextName(name);
    new Contexts(context).store.get(name);
  }
  // Nothing is written when nothing changes: the file may not even exist.
  if ((config().currentContext ?? "") !== wanted)
    updateConfig(configDirectory(globals.string("config"), terminal.env), (raw) => {
      if (wanted === "") delete raw.currentContext;
      else raw.currentContext = wanted;
    });
  terminal.out(`${name}\n`);
  terminal.err(`Current context is now ${JSON.stringify(name)}\n`);
  if (wanted !== "" && terminal.env.DOCKER_HOST)
    terminal.err(
      `Warning: DOCKER_HOST environment variable overrides the active context. To use ${JSON.stringify(name)}, either set the global --context flag, or unset DOCKER_HOST environment variable.\n`,
    );
  return 0;
}
