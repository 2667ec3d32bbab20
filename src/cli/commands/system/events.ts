import type { EventMessage } from "../../../spec/api/system.ts";
import { toApiTimestamp } from "../../../spec/timestamp.ts";
import { type Command, type CommandContext, CommandError } from "../../command.ts";
import { filterFlag, filterQuery, parseFilters } from "../../filters.ts";
import { inspectFormatFlag } from "../../format-flag.ts";
import { localTime } from "../../format/human.ts";
import { textLines } from "../../text-lines.ts";

export const command: Command = {
  names: ["system events", "events"],
  usage: "[OPTIONS]",
  summary: "Get real time events from the server",
  flags: [
    filterFlag("Filter output based on conditions provided", "f"),
    { name: "format", kind: "string", summary: inspectFormatFlag.summary },
    { name: "since", kind: "string", summary: "Show all events created since timestamp" },
    { name: "until", kind: "string", summary: "Stream events until this timestamp" },
  ],
  args: [0, 0],
  run,
};

/** What docker exits with when the format itself is wrong. */
const badFormatCode = 64;

async function run({ flags, client, terminal, signal }: CommandContext): Promise<number> {
  const show = await lineFormatter(flags.string("format") ?? "");
  const now = new Date();
  const time = (name: string): string | undefined => {
    const text = flags.string(name) ?? "";
    return text === "" ? undefined : toApiTimestamp(text, now);
  };
  const body = await client().stream("GET", "/events", {
    query: {
      since: time("since"),
      until: time("until"),
      filters: filterQuery(parseFilters(flags.list("filter"))),
    },
    signal,
  });
  for await (const line of textLines(body)) terminal.out(`${show(line)}\n`);
  return 0;
}

async function lineFormatter(format: string): Promise<(line: string) => string> {
  if (format === "") return eventLine;
  const { eventTemplate } = await import("../../format/event-template.ts");
  try {
    return eventTemplate(format);
  } catch (error) {
    throw new CommandError(
      `Error parsing format: ${error instanceof Error ? error.message : String(error)}`,
      badFormatCode,
    );
  }
}

/** `TIME TYPE ACTION ID (name=value, …)`. */
export function eventLine(json: string): string {
  const { Type = "", Action = "", Actor } = JSON.parse(json) as EventMessage;
  const attributes = Object.entries(Actor?.Attributes ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`);
  const suffix = attributes.length === 0 ? "" : ` (${attributes.join(", ")})`;
  return `${eventTime(json)}${Type} ${Action} ${Actor?.ID ?? ""}${suffix}`;
}

/** Nanoseconds do not fit a number: they are read from the text. */
function eventTime(json: string): string {
  const digits = /"timeNano":(\d+)/.exec(json)?.[1] ?? `${/"time":(\d+)/.exec(json)?.[1] ?? ""}000000000`;
  if (/^0*$/.test(digits)) return "";
  const { wall, offset } = localTime(Number(digits.slice(0, -9)));
  return `${wall.slice(0, 19)}.${digits.slice(-9)}${offset === "+00:00" ? "Z" : offset} `;
}
