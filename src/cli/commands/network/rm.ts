import { objectPath } from "../../../client/object-path.ts";
import { ApiError } from "../../../client/client.ts";
import type { Network } from "../../../spec/api/network.ts";
import { type Command, type CommandContext, CommandError } from "../../command.ts";
import { confirm } from "../../confirm.ts";
import { errorText } from "../../error-text.ts";

export const command: Command = {
  names: ["network rm", "network remove"],
  usage: "NETWORK [NETWORK...]",
  summary: "Remove one or more networks",
  flags: [{ name: "force", short: "f", kind: "bool", summary: "Do not error if the network does not exist" }],
  args: [1, Number.POSITIVE_INFINITY],
  completeArgs: "network",
  run,
};

async function run(context: CommandContext): Promise<number> {
  const { flags, args, terminal } = context;
  let failed = false;
  for (const name of args) {
    try {
      await removeNetwork(context, name);
    } catch (error) {
      if (flags.bool("force") && error instanceof ApiError && error.status === 404) continue;
      failed = true;
      terminal.err(`${errorText(error)}\n`);
    }
  }
  if (failed) throw new CommandError("exit status 1");
  return 0;
}

const ingressWarning = `WARNING! Before removing the routing-mesh network, make sure all the nodes in your swarm run the same docker engine version. Otherwise, removal may not be effective and functionality of newly create ingress networks will be impaired.
Are you sure you want to continue?`;

async function removeNetwork({ client, terminal }: CommandContext, name: string): Promise<void> {
  const path = objectPath("network", name);
  const network = await client()
    .request<Network>("GET", path)
    .catch(() => undefined);
  if (network?.Ingress && !(await confirm(terminal, ingressWarning))) return;
  await client().request("DELETE", path);
  terminal.out(`${name}\n`);
}
