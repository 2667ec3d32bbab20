import { type Command, type CommandContext, CommandError } from "../../command.ts";
import { configDirectory } from "../../config-file.ts";
import { updateConfig } from "../../config-save.ts";
import { Contexts } from "../../context/contexts.ts";
import { forEachArgument } from "../../for-each.ts";
import { defaultContext } from "../../target.ts";

export const command: Command = {
  names: ["context rm", "context remove"],
  usage: "CONTEXT [CONTEXT...]",
  summary: "Remove one or more contexts",
  flags: [{ name: "force", short: "f", kind: "bool", summary: "Force the removal of a context in use" }],
  args: [1, Number.POSITIVE_INFINITY],
  completeArgs: "context",
  run,
};

async function run(context: CommandContext): Promise<number> {
  const { args, flags, globals, terminal } = context;
  const contexts = new Contexts(context);
  const force = flags.bool("force");
  const current = contexts.current();
  await forEachArgument(args, async (name) => {
    if (name === defaultContext) throw new CommandError('context "default" cannot be removed');
    const quoted = JSON.stringify(name);
    if (name === current && !force)
      throw new CommandError(`context ${quoted} is in use, set -f flag to force remove`);
    if (!force && !contexts.store.has(name)) throw new CommandError(`context ${quoted} does not exist`);
    if (name === current)
      updateConfig(configDirectory(globals.string("config"), terminal.env), (config) => {
        delete config.currentContext;
      });
    contexts.store.remove(name);
    terminal.out(`${name}\n`);
  });
  return 0;
}
