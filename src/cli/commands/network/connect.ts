import { objectPath } from "../../../client/object-path.ts";
import type { EndpointSettings } from "../../../spec/api/network.ts";
import { type Command, type CommandContext, CommandError } from "../../command.ts";

export const command: Command = {
  names: ["network connect"],
  usage: "[OPTIONS] NETWORK CONTAINER",
  summary: "Connect a container to a network",
  flags: [
    { name: "alias", kind: "list", value: "strings", summary: "Add network-scoped alias for the container" },
    { name: "driver-opt", kind: "list", value: "strings", summary: "driver options for the network" },
    {
      name: "gw-priority",
      kind: "int",
      summary: "Highest gw-priority provides the default gateway. Accepts positive and negative values.",
    },
    { name: "ip", kind: "string", summary: 'IPv4 address (e.g., "172.30.100.104")' },
    { name: "ip6", kind: "string", summary: 'IPv6 address (e.g., "2001:db8::33")' },
    { name: "link", kind: "list", summary: "Add link to another container" },
    {
      name: "link-local-ip",
      kind: "list",
      value: "strings",
      summary: "Add a link-local address for the container",
    },
  ],
  args: [2, 2],
  completeArgs: "network",
  run,
};

async function run({ flags, args, client }: CommandContext): Promise<number> {
  const [network = "", container = ""] = args;
  const commaLists = (name: string): string[] => flags.list(name).flatMap((text) => text.split(","));
  const endpoint: EndpointSettings = {
    IPAMConfig: {
      IPv4Address: flags.string("ip") ?? "",
      IPv6Address: flags.string("ip6") ?? "",
      LinkLocalIPs: commaLists("link-local-ip"),
    },
    Links: flags.list("link"),
    Aliases: commaLists("alias"),
    DriverOpts: driverOptions(commaLists("driver-opt")),
    GwPriority: flags.int("gw-priority") ?? 0,
  };
  await client().request("POST", `${objectPath("network", network)}/connect`, {
    body: { Container: container, EndpointConfig: endpoint },
  });
  return 0;
}

function driverOptions(texts: readonly string[]): Record<string, string> {
  const options: Record<string, string> = {};
  for (const text of texts) {
    const equals = text.indexOf("=");
    const name = text.slice(0, Math.max(equals, 0)).trim();
    if (name === "") throw new CommandError("invalid key/value pair format in driver options");
    options[name] = text.slice(equals + 1).trim();
  }
  return options;
}
