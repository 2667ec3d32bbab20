// The options block of --help: aligned and wrapped as pflag does it.
import type { Flag } from "./command.ts";

/** Narrower than this next to the names, a description goes below them. */
const fewestColumns = 24;
/** How far a last line may run over, so that no word stands alone. */
const slop = 5;

/** One line and more for each flag, sorted by name. */
export function flagUsages(flags: readonly Flag[], columns: number): string {
  const shown = flags
    .filter((flag) => !flag.hidden)
    .map((flag) => ({ name: nameOf(flag), text: textOf(flag), flag }));
  shown.sort((a, b) => (a.flag.name < b.flag.name ? -1 : 1));
  const widest = Math.max(0, ...shown.map(({ name }) => name.length));
  const indent = widest + 3;
  return shown.map(({ name, text }) => `${name.padEnd(widest)}   ${wrap(text, indent, columns)}\n`).join("");
}

function nameOf(flag: Flag): string {
  const short = flag.short === undefined ? "    " : `-${flag.short}, `;
  const value = flag.value ?? (flag.kind === "bool" ? "" : flag.kind === "optional" ? "string" : flag.kind);
  return `  ${short}--${flag.name}${value === "" ? "" : ` ${value}`}`;
}

function textOf({ summary, default: fallback }: Flag): string {
  return fallback === undefined ? summary : `${summary} (default ${fallback})`;
}

/** All lines but the first are indented. */
function wrap(text: string, indent: number, columns: number): string {
  let margin = indent;
  let out = "";
  if (columns - margin < fewestColumns) {
    margin = 16;
    out = `\n${" ".repeat(margin)}`;
  }
  if (columns - margin < fewestColumns) return text.replaceAll("\n", out);
  const width = columns - margin - slop;
  const newline = `\n${" ".repeat(margin)}`;
  let [line, rest] = splitLine(text, width);
  out += line.replaceAll("\n", newline);
  while (rest !== "") {
    [line, rest] = splitLine(rest, width);
    out += newline + line.replaceAll("\n", newline);
  }
  return out;
}

/** Cuts at the last space or newline before `width`. */
function splitLine(text: string, width: number): [string, string] {
  if (width + slop > text.length) return [text, ""];
  const start = text.slice(0, width);
  const space = Math.max(start.lastIndexOf(" "), start.lastIndexOf("\t"), start.lastIndexOf("\n"));
  if (space <= 0) return [text, ""];
  const newline = start.lastIndexOf("\n");
  const cut = newline > 0 && newline < space ? newline : space;
  return [text.slice(0, cut), text.slice(cut + 1)];
}
