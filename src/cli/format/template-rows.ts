// Rows by a template of the user's: docker's row types and header types as the template engine sees them.
import {
  anyType,
  boolType,
  type GoType,
  type GoValue,
  type Method,
  pointerTo,
  stringMapType,
  stringType,
} from "./go/type.ts";
import { goBool, goString, goStringMap, stringOf } from "./go/value.ts";
import { CommandError } from "../command.ts";
import { rowJson } from "./row-json.ts";
import type { RowKind, RowOptions } from "./rows.ts";
import { alignTabs } from "./tabwriter.ts";
import { headerFunctions } from "./template/docker-functions.ts";
import { Template, TemplateError } from "./template/template.ts";

/** Throws CommandError in docker's words when the template is wrong. */
export function renderTemplateRows<T>(
  kind: RowKind<T>,
  items: readonly T[],
  format: string,
  options: RowOptions,
): string {
  try {
    return renderWith(kind, items, format, options);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw new CommandError(`template parsing error: ${error.message}`);
  }
}

function renderWith<T>(kind: RowKind<T>, items: readonly T[], format: string, options: RowOptions): string {
  const isTable = format.startsWith("table");
  const template = new Template(templateSource(format));
  const type = rowType(kind, options);
  const lines = items.map((item) => `${template.execute(rowValue(type, item))}\n`).join("");
  if (!isTable) return lines;
  const header = template.execute(headerValue(kind.headers), { functions: headerFunctions });
  return alignTabs(`${header}\n${lines}`);
}

/** The format less `table`, with `\t` and `\n` as the characters they stand for. */
export function templateSource(format: string): string {
  if (format === "json") return "{{json .}}";
  const body = format.startsWith("table") ? format.slice("table".length) : format;
  return body
    .replace(/^ +| +$/g, "")
    .replaceAll("\\t", "\t")
    .replaceAll("\\n", "\n");
}

export function rowValue(type: GoType, item: unknown): GoValue {
  return { type, data: { type: type.elem as GoType, data: item } };
}

/** Docker's row type: its methods are the placeholders. */
export function rowType<T>(kind: RowKind<T>, options: RowOptions): GoType {
  const methods = new Map<string, Method>();
  for (const [name, read] of Object.entries({ ...kind.fields, ...kind.own })) {
    methods.set(name, { params: [], result: anyType, call: (row) => toValue(read(row.data as T, options)) });
  }
  const { label } = kind;
  if (label !== undefined)
    methods.set("Label", {
      params: [stringType],
      result: stringType,
      call: (row, [name]) => goString(label(row.data as T, stringOf(name as GoValue))),
    });
  const struct: GoType = {
    kind: "struct",
    name: kind.typeName.replace(/^\*/, ""),
    named: true,
    fields: [],
    methods,
    marshal: (row) => rowJson(kind, row.data as T, options),
    stringer: (row) => rowJson(kind, row.data as T, options),
  };
  return pointerTo(struct);
}

function toValue(value: string | boolean | null): GoValue {
  if (typeof value === "string") return goString(value);
  if (typeof value === "boolean") return goBool(value);
  return { type: pointerTo(boolType), data: null };
}

/** The header row's type: a map of names, and `.Label "a.b_c"` reads `b c`. */
function headerValue(headers: Readonly<Record<string, string>>): GoValue {
  const map = goStringMap(headers);
  const label: Method = {
    params: [stringType],
    result: stringType,
    call: (_, [name]) =>
      goString(
        (
          stringOf(name as GoValue)
            .split(".")
            .at(-1) ?? ""
        ).replace(/[-_]/g, " "),
      ),
  };
  return {
    type: { ...stringMapType, name: "formatter.SubHeaderContext", methods: new Map([["Label", label]]) },
    data: map.data,
  };
}
