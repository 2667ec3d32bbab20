// Elastic tabs: text with tab-terminated cells to aligned columns, as Go's text/tabwriter does it.
import { displayWidth } from "./display-width.ts";

export interface TabOptions {
  /** The least a column takes, padding included. */
  minWidth?: number;
  padding?: number;
}

/** Docker's tables have columns of at least 10, padded by 3. */
export function alignTabs(text: string, { minWidth = 10, padding = 3 }: TabOptions = {}): string {
  const lines = text.split("\n").map((line) => line.split(/[\t\v]/));
  return align(lines, 0, minWidth, padding).join("\n");
}

/** A table of cells; the last cell of a row is not padded. */
export function formatTable(rows: readonly (readonly string[])[], options: TabOptions = {}): string {
  const plain = formatPlainTable(rows, options);
  if (plain !== undefined) return plain;
  return alignTabs(rows.map((cells) => `${cells.join("\t")}\n`).join(""), options);
}

const printable = /^[\x20-\x7e\u2026]*$/;

/**
 * The usual table, of full rows and printable cells, in one pass: a thousand rows cost a fifth. Undefined for any other,
 * where tabs and line breaks inside cells count. Plain loops, as this runs once and nothing is compiled yet.
 */
function formatPlainTable(
  rows: readonly (readonly string[])[],
  { minWidth = 10, padding = 3 }: TabOptions,
): string | undefined {
  const last = (rows[0]?.length ?? 0) - 1;
  if (
    rows.some((row) => row.length !== last + 1) ||
    !printable.test(rows.map((row) => row.join("")).join(""))
  )
    return undefined;
  const widths: number[] = [];
  for (let column = 0; column < last; column += 1)
    widths.push(Math.max(minWidth, longest(rows, column) + padding));
  let text = "";
  for (const row of rows) {
    for (let column = 0; column < last; column += 1) text += (row[column] ?? "").padEnd(widths[column] ?? 0);
    text += `${row[last] ?? ""}\n`;
  }
  return text;
}

function longest(rows: readonly (readonly string[])[], column: number): number {
  let length = 0;
  for (const row of rows) length = Math.max(length, row[column]?.length ?? 0);
  return length;
}

/**
 * Aligns what begins at `column`. A column is a run of lines that all have a cell there; the last cell of a line ends
 * with the line and belongs to none.
 */
function align(lines: readonly string[][], column: number, minWidth: number, padding: number): string[] {
  const out: string[] = [];
  for (let at = 0; at < lines.length; ) {
    let end = at;
    while (end < lines.length && column < (lines[end]?.length ?? 0) - 1) end += 1;
    if (end === at) {
      out.push(lines[at]?.[column] ?? "");
      at += 1;
      continue;
    }
    const block = lines.slice(at, end);
    const cells = block.map((line) => line[column] ?? "");
    const widths = cells.map(displayWidth);
    const width = Math.max(minWidth, ...widths.map((each) => each + padding));
    const rest = align(block, column + 1, minWidth, padding);
    cells.forEach((cell, index) => {
      out.push(`${cell}${" ".repeat(width - (widths[index] ?? 0))}${rest[index] ?? ""}`);
    });
    at = end;
  }
  return out;
}
