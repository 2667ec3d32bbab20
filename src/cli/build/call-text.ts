import { formatTable } from "../format/tabwriter.ts";
import { sourceExcerpt } from "./error-excerpt.ts";

interface Location {
  ranges?: { start: { line: number }; end: { line: number } }[];
}

interface CheckAnswer {
  warnings?: { ruleName: string; url: string; detail: string; location?: Location }[] | null;
  sources?: { filename: string; data: string }[];
  buildError?: { message: string; location?: Location };
}

interface Asked {
  name: string;
  value?: string;
  required?: boolean;
  description?: string;
}

interface OutlineAnswer {
  name?: string;
  description?: string;
  args?: Asked[];
  secrets?: Asked[];
  ssh?: Asked[];
}

interface TargetsAnswer {
  targets?: { name?: string; default?: boolean; description?: string }[];
}

/** What `check`, `outline` and `targets` found, as buildx prints it. */
export function callText(method: string, json: unknown): string {
  if (method === "check") return checkText(json as CheckAnswer);
  return method === "outline" ? outlineText(json as OutlineAnswer) : targetsText(json as TargetsAnswer);
}

/** Why a checked Dockerfile could not be built, with its lines; nothing if it could. */
export function callError(json: unknown): string {
  const { buildError, sources = [] } = json as CheckAnswer;
  if (buildError === undefined) return "";
  return `ERROR: ${buildError.message}\n${excerptOf(buildError.location, sources)}`;
}

function checkText({ warnings, sources = [], buildError }: CheckAnswer): string {
  const found = warnings ?? [];
  if (found.length === 0 && buildError !== undefined) return "";
  if (found.length === 0) return "Check complete, no warnings found.\n";
  const count = found.length === 1 ? "1 warning has" : `${found.length} warnings have`;
  const blocks = found.map(({ ruleName, url, detail, location }) => {
    const excerpt = excerptOf(location, sources);
    return `\nWARNING: ${ruleName}${url === "" ? "" : ` - ${url}`}\n${detail}\n${excerpt}`;
  });
  return `Check complete, ${count} been found!\n${blocks.join("")}`;
}

function excerptOf(location: Location | undefined, [source]: NonNullable<CheckAnswer["sources"]>): string {
  const ranges = (location?.ranges ?? []).map(({ start, end }) => ({
    startLine: start.line,
    endLine: end.line,
  }));
  const lines = Buffer.from(source?.data ?? "", "base64")
    .toString()
    .split(/\r?\n/);
  return sourceExcerpt({ file: source?.filename ?? "Dockerfile", lines, ranges });
}

function outlineText({ name, description, args = [], secrets = [], ssh = [] }: OutlineAnswer): string {
  const head = [
    ...(name === undefined ? [] : [["TARGET:", name]]),
    ...(description === undefined ? [] : [["DESCRIPTION:", description]]),
  ];
  return [
    table(head, 1),
    table([
      ["BUILD ARG", "VALUE", "DESCRIPTION"],
      ...args.map((arg) => [arg.name, arg.value ?? "", arg.description ?? ""]),
    ]),
    table([["SECRET", "REQUIRED"], ...secrets.map(requiredRow)]),
    table([["SSH", "REQUIRED"], ...ssh.map(requiredRow)]),
  ]
    .filter((text) => text !== "")
    .map((text) => `${text}\n`)
    .join("");
}

function requiredRow({ name, required }: Asked): string[] {
  return [name, required === true ? "true" : ""];
}

/** Nothing for a heading without rows. */
function table(rows: readonly string[][], padding = 3): string {
  return rows.length === 0 || (padding === 3 && rows.length === 1)
    ? ""
    : formatTable(rows, { minWidth: 0, padding });
}

function targetsText({ targets = [] }: TargetsAnswer): string {
  const rows = targets.map(({ name = "", default: isDefault, description = "" }) => {
    const shown = isDefault === true ? [name, "(default)"].filter((part) => part !== "").join(" ") : name;
    return [shown, description];
  });
  return formatTable([["TARGET", "DESCRIPTION"], ...rows], { minWidth: 0, padding: 1 });
}
