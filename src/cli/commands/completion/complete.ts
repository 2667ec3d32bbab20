import { createClient } from "../../../client/engine-client.ts";
import type { Command, CommandContext } from "../../command.ts";
import { complete, type Completion } from "../../completion/complete.ts";
import { engineLookup } from "../../completion/lookup.ts";
import { configDirectory } from "../../config-file.ts";
import { resolveTarget } from "../../target.ts";

export const command: Command = {
  names: ["__complete"],
  usage: "-- [WORD...]",
  summary: "Answer a shell that completes a command line",
  flags: [],
  args: [0, Number.POSITIVE_INFINITY],
  hidden: true,
  run,
};

/** One candidate a line, then `:files` or `:none`. Never an error: a shell would print it over the command line. */
async function run(context: CommandContext): Promise<number> {
  const { config, terminal } = context;
  const lookUp = engineLookup(context, (globals) =>
    createClient(
      resolveTarget({
        globals,
        env: terminal.env,
        config: config(),
        configDirectory: configDirectory(globals.string("config"), terminal.env),
      }),
    ),
  );
  terminal.out(show(await complete(context.args, lookUp).catch(() => ({ candidates: [], files: false }))));
  return 0;
}

function show({ candidates, files }: Completion): string {
  const lines = candidates.map(({ word, description }) => (description ? `${word}\t${description}` : word));
  return `${[...lines, files ? ":files" : ":none"].join("\n")}\n`;
}
