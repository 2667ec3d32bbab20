import { inspectContainer } from "../../../client/containers.ts";
import type { PortBinding } from "../../../spec/api/container.ts";
import { type Command, type CommandContext, CommandError } from "../../command.ts";
import { naturalCompare } from "../../format/natural-order.ts";
import { parseUnsigned } from "../../go-number.ts";

export const command: Command = {
  names: ["container port", "port"],
  usage: "CONTAINER [PRIVATE_PORT[/PROTO]]",
  summary: "List port mappings or a specific mapping for the container",
  flags: [],
  args: [1, 2],
  completeArgs: "running",
  run,
};

async function run({ args, client, terminal }: CommandContext): Promise<number> {
  const [name = "", wanted] = args;
  const { NetworkSettings } = await inspectContainer(client(), name);
  const ports = NetworkSettings?.Ports ?? {};
  const lines: string[] = [];
  if (wanted === undefined) {
    for (const [port, bindings] of Object.entries(ports))
      lines.push(...(bindings ?? []).map((binding) => `${port} -> ${address(binding)}`));
  } else {
    const bindings = ports[containerPort(wanted)] ?? [];
    if (bindings.length === 0)
      throw new CommandError(`Error: No public port '${wanted}' published for ${name}`);
    lines.push(...bindings.map(address));
  }
  terminal.out(
    lines
      .sort(naturalCompare)
      .map((line) => `${line}\n`)
      .join(""),
  );
  return 0;
}

/** `80` is `80/tcp`. */
function containerPort(wanted: string): string {
  const [port = "", protocol = "tcp"] = wanted.split("/");
  try {
    return `${parseUnsigned(port, 16)}/${protocol}`;
  } catch (error) {
    throw new CommandError(`Error: invalid port (${port}): ${(error as Error).message}`);
  }
}

function address({ HostIp = "", HostPort = "" }: PortBinding): string {
  return HostIp.includes(":") ? `[${HostIp}]:${HostPort}` : `${HostIp}:${HostPort}`;
}
