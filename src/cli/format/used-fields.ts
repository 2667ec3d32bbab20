import type { Method } from "./go/type.ts";
import type { RowKind } from "./rows.ts";
import { rowType, rowValue } from "./template-rows.ts";
import { Template } from "./template/template.ts";

/**
 * The placeholders a template reads, found by running it over an empty row, as docker does before it asks the engine
 * (`ps` requests sizes only for `.Size`). Throws TemplateError.
 */
export function usedFields<T>(kind: RowKind<T>, empty: T, format: string): Set<string> {
  const template = new Template(format);
  const used = new Set<string>();
  const type = rowType(kind, { truncate: false });
  const methods = new Map<string, Method>();
  for (const [name, method] of type.elem?.methods ?? [])
    methods.set(name, {
      ...method,
      call: (row, args) => {
        used.add(name);
        return method.call(row, args);
      },
    });
  const struct = { ...type.elem, methods, marshal: () => allOf(kind, used) };
  template.execute(rowValue({ ...type, elem: struct as NonNullable<typeof type.elem> }, empty));
  return used;
}

/** `json .` reads every field. */
function allOf<T>(kind: RowKind<T>, used: Set<string>): string {
  for (const name of Object.keys(kind.fields)) used.add(name);
  return "{}";
}
