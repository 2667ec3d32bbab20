import type { Command, CommandContext } from "../../command.ts";
import { filterFlag, filterQuery, parseFilters } from "../../filters.ts";
import { searchLayout, type SearchRow, searchRows } from "../../format/rows/search.ts";
import { renderRows } from "../../format/rows.ts";
import { encodeAuth, hubServer, readCredentials } from "../../registry-auth/credentials.ts";

export const command: Command = {
  names: ["search"],
  usage: "[OPTIONS] TERM",
  summary: "Search Docker Hub for images",
  flags: [
    filterFlag("Filter output based on conditions provided", "f"),
    { name: "format", kind: "string", summary: "Pretty-print search using a Go template" },
    { name: "limit", kind: "int", summary: "Max number of search results" },
    { name: "no-trunc", kind: "bool", summary: "Don't truncate output" },
  ],
  args: [1, 1],
  run,
};

async function run({ flags, args, client, config, terminal }: CommandContext): Promise<number> {
  const filters = parseFilters(flags.list("filter"));
  if (filters["is-automated"] !== undefined)
    terminal.err(
      'WARNING: the "is-automated" filter is deprecated, and searching for "is-automated=true" will not yield any results in future.\n',
    );
  const [term = ""] = args;
  const registry =
    term.includes("/") && /[.:]/.test(term.split("/")[0] ?? "") ? (term.split("/")[0] ?? "") : hubServer;
  const limit = flags.int("limit") ?? 0;
  const results = await client().request<SearchRow[]>("GET", "/images/search", {
    query: { term, ...(limit > 0 && { limit }), filters: filterQuery(filters) },
    headers: { "X-Registry-Auth": encodeAuth(readCredentials(config(), registry)) },
  });
  const layout = searchLayout(flags.string("format") ?? "");
  terminal.out(await renderRows(searchRows, results, layout, { truncate: !flags.bool("no-trunc") }));
  return 0;
}
