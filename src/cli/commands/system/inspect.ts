import { objectPath } from "../../../client/object-path.ts";
import { ApiError } from "../../../client/client.ts";
import { type Command, type CommandContext, CommandError } from "../../command.ts";
import { inspectFormatFlag } from "../../format-flag.ts";
import { type Inspected, inspectTypes } from "../../format/inspect.ts";
import { inspectObjects } from "../../inspect-objects.ts";

const allTypes = [
  "config",
  "container",
  "image",
  "network",
  "node",
  "plugin",
  "secret",
  "service",
  "task",
  "volume",
];

export const command: Command = {
  names: ["inspect"],
  usage: "[OPTIONS] NAME|ID [NAME|ID...]",
  summary: "Return low-level information on Docker objects",
  flags: [
    inspectFormatFlag,
    { name: "size", short: "s", kind: "bool", summary: "Display total file sizes if the type is container" },
    { name: "type", kind: "string", summary: "Only inspect objects of the given type", complete: allTypes },
  ],
  args: [1, Number.POSITIVE_INFINITY],
  completeArgs: "container",
  run,
};

type Kind = keyof typeof inspectTypes;

/** In the order in which a name is looked up. */
const kinds: readonly [Kind, (name: string) => string][] = [
  ["container", (name) => `${objectPath("container", name)}/json`],
  ["image", (name) => `${objectPath("image", name)}/json`],
  ["network", (name) => objectPath("network", name)],
  ["volume", (name) => objectPath("volume", name)],
];

async function run(context: CommandContext): Promise<number> {
  const wanted = wantedType(context.flags.string("type"));
  return inspectObjects(context, (name) => find(context, name, wanted));
}

function wantedType(type: string | undefined): string | undefined {
  const choice = `must be one of "${allTypes.join('", "')}"`;
  if (type === "") throw new CommandError(`type is empty: ${choice}`);
  if (type !== undefined && !allTypes.includes(type))
    throw new CommandError(`unknown type: ${JSON.stringify(type)}: ${choice}`);
  return type;
}

async function find(
  { client, flags, terminal }: CommandContext,
  name: string,
  wanted: string | undefined,
): Promise<Inspected> {
  const size = flags.bool("size");
  for (const [kind, path] of kinds) {
    if (wanted !== undefined && wanted !== kind) continue;
    try {
      const query = size && kind === "container" ? { size: 1 } : {};
      const raw = await client().text("GET", path(name), { query });
      if (size && kind !== "container") terminal.err(`WARNING: --size ignored for ${kind}\n`);
      return { raw, type: inspectTypes[kind] };
    } catch (error) {
      if (wanted !== undefined || !isSkippable(error)) throw error;
    }
  }
  throw new CommandError(`Error: No such object: ${name}`);
}

function isSkippable(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  return (
    error.status === 404 ||
    error.message.includes("not supported") ||
    error.message.includes("invalid reference format")
  );
}
