import { readFileSync } from "node:fs";
import { type Command, type CommandContext, CommandError } from "../../command.ts";
import { importContext } from "../../context/archive.ts";
import { Contexts } from "../../context/contexts.ts";
import { checkContextName } from "../../context/store.ts";
import { openError } from "../../open-error.ts";

export const command: Command = {
  names: ["context import"],
  usage: "CONTEXT FILE|-",
  summary: "Import a context from a tar or zip file",
  flags: [],
  args: [2, 2],
  completeArgs: "file",
  run,
};

async function run(context: CommandContext): Promise<number> {
  const { args, terminal } = context;
  const [name = "", path = ""] = args;
  const { store } = new Contexts(context);
  checkContextName(name);
  if (store.has(name)) throw new CommandError(`context ${JSON.stringify(name)} already exists`);
  const { meta, tls } = importContext(name, await read(path, terminal.stdin));
  store.put(meta);
  store.putTls(name, tls);
  terminal.out(`${name}\n`);
  terminal.err(`Successfully imported context ${JSON.stringify(name)}\n`);
  return 0;
}

async function read(path: string, stdin: AsyncIterable<unknown>): Promise<Buffer> {
  if (path === "-") {
    const chunks: Uint8Array[] = [];
    for await (const chunk of stdin) chunks.push(chunk as Uint8Array);
    return Buffer.concat(chunks);
  }
  try {
    return readFileSync(path);
  } catch (error) {
    throw openError(path, error);
  }
}
