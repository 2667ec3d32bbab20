import type { Command, CommandContext } from "../../command.ts";
import { Contexts } from "../../context/contexts.ts";
import { dockerFlag, endpointConfig, endpointDetails } from "../../context/endpoint.ts";
import { checkContextName } from "../../context/store.ts";

export const command: Command = {
  names: ["context update"],
  usage: "[OPTIONS] CONTEXT",
  summary: "Update a context",
  details: endpointDetails("update", "Update a context"),
  flags: [{ name: "description", kind: "string", summary: "Description of the context" }, dockerFlag],
  args: [1, 1],
  completeArgs: "context",
  run,
};

async function run(context: CommandContext): Promise<number> {
  const { flags, args, terminal } = context;
  const [name = ""] = args;
  checkContextName(name);
  const contexts = new Contexts(context);
  const meta = contexts.get(name);
  const description = flags.string("description") ?? "";
  if (description !== "") meta.Metadata.Description = description;
  if (flags.has("docker")) {
    const { endpoint, tls } = endpointConfig(flags.list("docker"), contexts);
    meta.Endpoints.docker = endpoint;
    contexts.store.putEndpointTls(name, "docker", tls);
  }
  contexts.store.put(meta);
  terminal.out(`${name}\n`);
  terminal.err(`Successfully updated context ${JSON.stringify(name)}\n`);
  return 0;
}
