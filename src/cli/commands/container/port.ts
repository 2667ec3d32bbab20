import { messageOf } from "../../../base/errors.ts";
import { inspectContainer } from "../../../client/containers.ts";
import type { PortBinding, PortMap } from "../../../spec/api/container.ts";
import { type Command, type CommandContext, CommandError } from "../../command.ts";
import { naturalCompare } from "../../format/natural-order.ts";
import { parseDecimal } from "../../go-number.ts";

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
  const [id = "", port = ""] = args;
  const { NetworkSettings } = await inspectContainer(client(), id);
  const ports = NetworkSettings?.Ports ?? {};
  const lines = port === "" ? every(ports) : published(ports, port, id);
  for (const line of lines.sort(naturalCompare)) terminal.out(`${line}\n`);
  return 0;
}

function every(ports: PortMap): string[] {
  return Object.entries(ports).flatMap(([port, bindings]) =>
    (bindings ?? []).map((binding) => `${port} -> ${address(binding)}`),
  );
}

function published(ports: PortMap, text: string, id: string): string[] {
  const [port = "", protocol] = text.split(/\/(.*)/s);
  try {
    parseDecimal(port, 16);
  } catch (error) {
    throw new CommandError(`Error: invalid port (${port}): ${messageOf(error)}`);
  }
  const bindings = ports[`${port}/${protocol || "tcp"}`] ?? [];
  if (bindings.length === 0) throw new CommandError(`Error: No public port '${text}' published for ${id}`);
  return bindings.map(address);
}

function address({ HostIp = "", HostPort = "" }: PortBinding): string {
  return HostIp.includes(":") ? `[${HostIp}]:${HostPort}` : `${HostIp}:${HostPort}`;
}
