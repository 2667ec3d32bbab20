import type { Command, CommandContext } from "../../command.ts";
import { Contexts, defaultDescription } from "../../context/contexts.ts";
import { errorText } from "../../error-text.ts";
import { listFormatFlag } from "../../format-flag.ts";
import { naturalCompare } from "../../format/natural-order.ts";
import { type ContextRow, contextLayout, contextRows } from "../../format/rows/contexts.ts";
import { renderRows } from "../../format/rows.ts";
import { defaultContext } from "../../target.ts";

export const command: Command = {
  names: ["context ls", "context list"],
  usage: "[OPTIONS]",
  summary: "List contexts",
  flags: [listFormatFlag, { name: "quiet", short: "q", kind: "bool", summary: "Only show context names" }],
  args: [0, 0],
  run,
};

async function run(context: CommandContext): Promise<number> {
  const { flags, terminal } = context;
  const rows = contextRowsOf(new Contexts(context));
  const layout = contextLayout(flags.string("format") ?? "", flags.bool("quiet"));
  terminal.out(await renderRows(contextRows, rows, layout, { truncate: true }));
  if (terminal.env.DOCKER_HOST)
    terminal.err(
      "Warning: DOCKER_HOST environment variable overrides the active context. To use a context, either set the global --context flag, or unset DOCKER_HOST environment variable.\n",
    );
  return 0;
}

function contextRowsOf(contexts: Contexts): ContextRow[] {
  const current = contexts.current();
  const rows = contexts.list().map(
    ({ Name, Metadata, Endpoints }): ContextRow => ({
      name: Name,
      description: Name === defaultContext ? defaultDescription : (Metadata.Description ?? ""),
      dockerEndpoint: Endpoints.docker?.Host ?? "",
      current: Name === current,
      error: Endpoints.docker === undefined ? `cannot find docker endpoint in context` : "",
    }),
  );
  // The context in use may be gone: it is listed with what is wrong.
  if (!rows.some((row) => row.current)) rows.push(missing(contexts, current));
  return rows.sort((a, b) => naturalCompare(a.name, b.name));
}

function missing(contexts: Contexts, name: string): ContextRow {
  let error = "";
  try {
    contexts.get(name);
  } catch (thrown) {
    error = errorText(thrown);
  }
  return { name, description: "", dockerEndpoint: "", current: true, error };
}
