import { encodeFlat } from "./go/json-encode.ts";
import type { Cell, RowKind, RowOptions } from "./rows.ts";

/** A row as `json .` writes it: every field, sorted by name. */
export function rowJson<T>(kind: RowKind<T>, item: T, options: RowOptions): string {
  const values: Record<string, Cell> = {};
  for (const [name, read] of Object.entries({ ...kind.fields, ...kind.json }))
    values[name] = read(item, options);
  return encodeFlat(values, true);
}
