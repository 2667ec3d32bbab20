import { type Command, type CommandContext, CommandError } from "../../command.ts";
import { Contexts, defaultDescription } from "../../context/contexts.ts";
import { dockerFlag, endpointConfig, endpointDetails } from "../../context/endpoint.ts";
import { checkContextName } from "../../context/store.ts";
import { defaultContext } from "../../target.ts";

export const command: Command = {
  names: ["context create"],
  usage: "[OPTIONS] CONTEXT",
  summary: "Create a context",
  details: endpointDetails("create", "Create a context"),
  flags: [
    { name: "description", kind: "string", summary: "Description of the context" },
    dockerFlag,
    { name: "from", kind: "string", summary: "create context from a named context" },
  ],
  args: [1, 1],
  run,
};

async function run(context: CommandContext): Promise<number> {
  const { flags, args, terminal } = context;
  const [name = ""] = args;
  const contexts = new Contexts(context);
  checkContextName(name);
  if (contexts.store.has(name)) throw new CommandError(`context ${JSON.stringify(name)} already exists`);
  const from = flags.string("from") ?? "";
  if (from === "" && flags.has("docker")) createNew(context, contexts, name);
  else createFrom(context, contexts, name, from || contexts.current());
  terminal.out(`${name}\n`);
  terminal.err(`Successfully created context ${JSON.stringify(name)}\n`);
  return 0;
}

function createNew({ flags }: CommandContext, contexts: Contexts, name: string): void {
  const { endpoint, tls } = endpointConfig(flags.list("docker"), contexts);
  const description = flags.string("description") ?? "";
  contexts.store.put({
    Name: name,
    Metadata: { ...(description !== "" && { Description: description }) },
    Endpoints: { docker: endpoint },
  });
  contexts.store.putTls(name, Object.keys(tls).length > 0 ? { docker: tls } : {});
}

function createFrom({ flags }: CommandContext, contexts: Contexts, name: string, from: string): void {
  if (flags.list("docker").length > 0) throw new CommandError("cannot use --docker flag when --from is set");
  const source = contexts.get(from);
  const inherited = from === defaultContext ? defaultDescription : source.Metadata.Description;
  const description = flags.string("description") || inherited;
  contexts.store.put({
    ...source,
    Name: name,
    Metadata: { ...source.Metadata, ...(description && { Description: description }) },
  });
  contexts.store.putTls(name, contexts.tls(from));
}
