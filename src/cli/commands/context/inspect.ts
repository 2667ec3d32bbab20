import type { Command, CommandContext } from "../../command.ts";
import { Contexts, inMemory } from "../../context/contexts.ts";
import { inspectFormatFlag } from "../../format-flag.ts";
import type { Inspected } from "../../format/inspect.ts";
import { inspectObjects } from "../../inspect-objects.ts";
import { defaultContext } from "../../target.ts";

export const command: Command = {
  names: ["context inspect"],
  usage: "[OPTIONS] [CONTEXT] [CONTEXT...]",
  summary: "Display detailed information on one or more contexts",
  flags: [inspectFormatFlag],
  args: [0, Number.POSITIVE_INFINITY],
  completeArgs: "context",
  run,
};

function run(context: CommandContext): Promise<number> {
  const contexts = new Contexts(context);
  const args = context.args.length > 0 ? context.args : [contexts.current()];
  return inspectObjects({ ...pick(context), args }, async (name) => inspected(contexts, name));
}

function pick({ flags, terminal }: CommandContext): Pick<CommandContext, "flags" | "terminal"> {
  return { flags, terminal };
}

function inspected(contexts: Contexts, name: string): Inspected {
  const shown = {
    ...contexts.get(name),
    TLSMaterial: name === defaultContext ? {} : contexts.store.tlsFiles(name),
    Storage:
      name === defaultContext
        ? { MetadataPath: inMemory, TLSPath: inMemory }
        : { MetadataPath: contexts.store.metaPath(name), TLSPath: contexts.store.tlsPath(name) },
  };
  return {
    raw: JSON.stringify(shown).replace(
      /[<>&]/g,
      (character) => `\\u00${character.charCodeAt(0).toString(16)}`,
    ),
    value: async () => (await import("../../format/context-value.ts")).contextValue(shown),
    typedOnly: true,
  };
}
