import type { GoType, GoValue } from "../go/type.ts";
import { fieldOf, indirect, zero } from "../go/value.ts";
import type { TemplateFunction } from "./function.ts";

export function hasField(type: GoType | undefined, name: string): boolean {
  return type !== undefined && (type.kind !== "struct" || fieldOf(zero(type), name) !== undefined);
}

/** A method of the value's type, or one promoted from an embedded struct, bound to it. */
export function methodOf(value: GoValue, name: string): TemplateFunction | undefined {
  const method = value.type.methods?.get(name);
  if (method !== undefined)
    return {
      params: method.params,
      variadic: method.variadic ?? false,
      call: (args) => method.call(value, args),
    };
  for (const field of value.type.kind === "struct" ? (value.type.fields ?? []) : []) {
    if (!field.embedded) continue;
    const inner = indirect((value.data as Map<string, GoValue>).get(field.name)).value;
    const promoted = inner?.type.kind === "struct" ? methodOf(inner, name) : undefined;
    if (promoted !== undefined) return promoted;
  }
  return undefined;
}
