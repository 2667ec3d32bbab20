// Lists of rows (`ps`, `images`, …) as tables, lines of JSON or by a template. The template engine is loaded only for a
// template: the tables that people see every day do without it.
import { formatTable } from "./tabwriter.ts";

export interface RowOptions {
  /** IDs, commands and the like cut short. */
  truncate: boolean;
}

export type Cell = string | boolean | null;

/** What a kind of row shows: docker's names of placeholders, and the headers they have in a table. */
export interface RowKind<T> {
  /** Docker's type, which its errors name: `*formatter.imageContext`. */
  typeName: string;
  headers: Readonly<Record<string, string>>;
  fields: Readonly<Record<string, (item: T, options: RowOptions) => Cell>>;
  /** Fields that docker has not: a template may ask for them, tables and JSON stay docker's. */
  own?: Readonly<Record<string, (item: T, options: RowOptions) => Cell>>;
  /** Fields that read otherwise in JSON. */
  json?: Readonly<Record<string, (item: T, options: RowOptions) => Cell>>;
  /** `.Label "NAME"`, where the kind has it. */
  label?: (item: T, name: string) => string;
}

/** How rows are laid out: a table of columns, one field a line, or a template of the user's. */
export type Layout = { columns: readonly (string | Column)[] } | { only: string } | { template: string };

export interface Column {
  field: string;
  /** What the cell shows instead of the field itself. */
  show(row: (field: string) => string): string;
}

/** Renders rows. Throws CommandError when the template is wrong. */
export async function renderRows<T>(
  kind: RowKind<T>,
  items: readonly T[],
  layout: Layout,
  options: RowOptions,
): Promise<string> {
  if ("columns" in layout) return renderTable(kind, items, layout.columns, options);
  if ("only" in layout) return items.map((item) => `${cell(kind, item, layout.only, options)}\n`).join("");
  if (layout.template === "json") {
    const { rowJson } = await import("./row-json.ts");
    return items.map((item) => `${rowJson(kind, item, options)}\n`).join("");
  }
  const { renderTemplateRows } = await import("./template-rows.ts");
  return renderTemplateRows(kind, items, layout.template, options);
}

function renderTable<T>(
  kind: RowKind<T>,
  items: readonly T[],
  columns: readonly (string | Column)[],
  options: RowOptions,
): string {
  const header = columns.map((column) => {
    const field = typeof column === "string" ? column : column.field;
    return kind.headers[field] ?? "<no value>";
  });
  const rows = items.map((item) => {
    const read = (field: string): string => cell(kind, item, field, options);
    return columns.map((column) => (typeof column === "string" ? read(column) : column.show(read)));
  });
  return formatTable([header, ...rows]);
}

function cell<T>(kind: RowKind<T>, item: T, field: string, options: RowOptions): string {
  const value = (kind.fields[field] ?? kind.own?.[field])?.(item, options);
  return value === null || value === undefined ? "<nil>" : String(value);
}
