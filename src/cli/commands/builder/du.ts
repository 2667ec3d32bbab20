import type { BuildCache } from "../../../spec/api/image.ts";
import { formatBytes } from "../../../spec/size.ts";
import type { Command, CommandContext } from "../../command.ts";
import { type Filters, filterFlag, parseFilters } from "../../filters.ts";
import { since } from "../../format/human.ts";
import { sortBuildCache } from "../../format/rows/build-cache.ts";
import { formatTable } from "../../format/tabwriter.ts";

export const command: Command = {
  names: ["builder du"],
  usage: "",
  summary: "Disk usage",
  flags: [
    filterFlag("Provide filter values"),
    { name: "verbose", kind: "bool", summary: 'Shorthand for "--format=pretty"' },
  ],
  args: [0, 0],
  run,
};

async function run({ flags, client, terminal }: CommandContext): Promise<number> {
  const query = { type: ["build-cache"] };
  const { BuildCache = [] } = await client().request<{ BuildCache?: BuildCache[] | null }>(
    "GET",
    "/system/df",
    {
      query,
    },
  );
  const filters = parseFilters(flags.list("filter"));
  const records = sortBuildCache((BuildCache ?? []).filter((record) => fits(record, filters))).reverse();
  terminal.out(flags.bool("verbose") ? records.map(verbose).join("") : table(records));
  if (Object.keys(filters).length === 0) terminal.out(totals(records));
  return 0;
}

const properties: Record<string, (record: BuildCache) => string> = {
  id: ({ ID = "" }) => ID,
  type: ({ Type = "" }: { Type?: string }) => Type,
  description: ({ Description = "" }) => Description,
  inuse: ({ InUse = false }) => String(InUse),
  shared: ({ Shared = false }) => String(Shared),
  private: ({ Shared = false }) => String(!Shared),
};

function fits(record: BuildCache, filters: Filters): boolean {
  return Object.entries(filters).every(([name, values]) => {
    const property = properties[name];
    if (property === undefined) throw new Error(`unsupported filter ${name}`);
    return values.some((value) => property(record) === (value === "" ? "true" : value));
  });
}

function table(records: readonly BuildCache[]): string {
  const rows = records.map((record) => [
    record.ID ?? "",
    String(record.InUse !== true),
    `${formatBytes(record.Size ?? 0)}${record.Shared === true ? "*" : ""}`,
    lastUsed(record),
  ]);
  return formatTable([["ID", "RECLAIMABLE", "SIZE", "LAST ACCESSED"], ...rows]);
}

function lastUsed({ LastUsedAt }: BuildCache): string {
  return LastUsedAt ? since(Date.parse(LastUsedAt) / 1000) : "";
}

function verbose(record: BuildCache & { Type?: string }): string {
  const lines = [
    ["ID", record.ID ?? ""],
    ...((record.Parents ?? []).length > 0 ? [["Parents", (record.Parents ?? []).join(",")]] : []),
    ["Created at", record.CreatedAt ?? ""],
    ["Mutable", String(record.Type === "exec.cachemount")],
    ["Reclaimable", String(record.InUse !== true)],
    ["Shared", String(record.Shared === true)],
    ["Size", formatBytes(record.Size ?? 0)],
    ["Description", record.Description ?? ""],
    ["Usage count", String(record.UsageCount ?? 0)],
    ["Last used", lastUsed(record)],
    ["Type", record.Type ?? ""],
  ];
  return `${lines.map(([name, value]) => `${`${name}:`.padEnd(14)}${value}\n`).join("")}\n`;
}

function totals(records: readonly BuildCache[]): string {
  const sum = (chosen: (record: BuildCache) => boolean) =>
    formatBytes(records.filter(chosen).reduce((total, { Size = 0 }) => total + Size, 0));
  const shared = records.some(({ Shared }) => Shared === true);
  return [
    ...(shared ? [`Shared:\t\t${sum(({ Shared }) => Shared === true)}\n`] : []),
    ...(shared ? [`Private:\t${sum(({ Shared }) => Shared !== true)}\n`] : []),
    `Reclaimable:\t${sum(({ InUse }) => InUse !== true)}\n`,
    `Total:\t\t${sum(() => true)}\n`,
  ].join("");
}
