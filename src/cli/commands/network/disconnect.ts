import { objectPath } from "../../../client/object-path.ts";
import type { Command, CommandContext } from "../../command.ts";

export const command: Command = {
  names: ["network disconnect"],
  usage: "[OPTIONS] NETWORK CONTAINER",
  summary: "Disconnect a container from a network",
  flags: [
    { name: "force", short: "f", kind: "bool", summary: "Force the container to disconnect from a network" },
  ],
  args: [2, 2],
  completeArgs: "network",
  run,
};

async function run({ flags, args, client }: CommandContext): Promise<number> {
  const [network = "", container = ""] = args;
  await client().request("POST", `${objectPath("network", network)}/disconnect`, {
    body: { Container: container, Force: flags.bool("force") },
  });
  return 0;
}
