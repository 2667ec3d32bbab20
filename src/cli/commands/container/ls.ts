import { messageOf } from "../../../base/errors.ts";
import { listContainers } from "../../../client/containers.ts";
import { type Command, type CommandContext, CommandError } from "../../command.ts";
import { filterFlag, parseFilters } from "../../filters.ts";
import { listFormatFlag } from "../../format-flag.ts";
import { containerLayout, containerRows } from "../../format/rows/containers.ts";
import { renderRows } from "../../format/rows.ts";

export const command: Command = {
  names: ["container ls", "ps", "container ps", "container list"],
  usage: "[OPTIONS]",
  summary: "List containers",
  flags: [
    { name: "all", short: "a", kind: "bool", summary: "Show all containers (default shows just running)" },
    filterFlag("Filter output based on conditions provided", "f"),
    listFormatFlag,
    {
      name: "last",
      short: "n",
      kind: "int",
      default: "-1",
      summary: "Show n last created containers (includes all states)",
    },
    {
      name: "latest",
      short: "l",
      kind: "bool",
      summary: "Show the latest created container (includes all states)",
    },
    { name: "no-trunc", kind: "bool", summary: "Don't truncate output" },
    { name: "quiet", short: "q", kind: "bool", summary: "Only display container IDs" },
    { name: "size", short: "s", kind: "bool", summary: "Display total file sizes" },
  ],
  args: [0, 0],
  run,
};

async function run(context: CommandContext): Promise<number> {
  const { flags, client, terminal } = context;
  const quiet = flags.bool("quiet");
  const given = flags.string("format") ?? "";
  if (quiet && given !== "")
    terminal.err("WARNING: Ignoring custom format, because both --format and --quiet are set.\n");
  const format = given || (quiet ? "" : (context.config().psFormat ?? ""));
  const size = flags.bool("size");
  const containers = await listContainers(client(), {
    all: flags.bool("all"),
    limit: flags.bool("latest") ? 1 : (flags.int("last") ?? -1),
    size: size || (!quiet && (await usesSize(format))),
    filters: parseFilters(flags.list("filter")),
  });
  // Whether this is a terminal takes 3 ms to find out: as long as all the rest of `ps`.
  const reasons = containers.some(({ Reason }) => Reason) && terminal.stdoutIsTty;
  const layout = containerLayout(quiet ? "" : format, { quiet, size, reasons });
  terminal.out(await renderRows(containerRows, containers, layout, { truncate: !flags.bool("no-trunc") }));
  return 0;
}

/** The engine walks every container's files for its size: asked for only where a template shows it. */
async function usesSize(format: string): Promise<boolean> {
  if (!format.includes("{{")) return false;
  const { usedFields } = await import("../../format/used-fields.ts");
  try {
    return usedFields(containerRows, {}, format.replace(/^table\s*/, "")).has("Size");
  } catch (error) {
    const message = messageOf(error);
    const step = message.includes(": executing ") ? "execute" : "parse";
    throw new CommandError(`failed to ${step} template: ${message}`);
  }
}
