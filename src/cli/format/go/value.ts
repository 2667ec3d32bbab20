import {
  type Arg,
  anyMapType,
  anySliceType,
  boolType,
  type Field,
  float64Type,
  type GoType,
  type GoValue,
  intType,
  stringMapType,
  stringSliceType,
  stringType,
} from "./type.ts";

export function goString(data: string): GoValue {
  return { type: stringType, data };
}

export function goInt(data: number | bigint): GoValue {
  return { type: intType, data };
}

export function goFloat(data: number): GoValue {
  return { type: float64Type, data };
}

export function goBool(data: boolean): GoValue {
  return { type: boolType, data };
}

export function goStrings(items: readonly string[]): GoValue {
  return { type: stringSliceType, data: items.map(goString) };
}

export function goStringMap(entries: Record<string, string>): GoValue {
  return {
    type: stringMapType,
    data: new Map(Object.entries(entries).map(([key, value]) => [key, goString(value)])),
  };
}

export function goAnySlice(items: readonly GoValue[]): GoValue {
  return { type: anySliceType, data: items };
}

export function goAnyMap(entries: ReadonlyMap<string, GoValue>): GoValue {
  return { type: anyMapType, data: entries };
}

export function pointerAt(type: GoType, pointee: GoValue | null): GoValue {
  return { type, data: pointee };
}

export function stringOf(value: GoValue): string {
  return value.data as string;
}

export function elementsOf(value: GoValue): readonly GoValue[] {
  return (value.data as GoValue[] | null) ?? [];
}

export function entriesOf(value: GoValue): ReadonlyMap<string, GoValue> {
  return (value.data as Map<string, GoValue> | null) ?? new Map();
}

/** The zero value of a type. */
export function zero(type: GoType): GoValue {
  switch (type.kind) {
    case "bool":
      return { type, data: false };
    case "int":
    case "uint":
    case "float":
      return { type, data: 0 };
    case "string":
      return { type, data: "" };
    case "array":
      return { type, data: [] };
    case "struct":
      return { type, data: new Map((type.fields ?? []).map((field) => [field.name, zero(field.type)])) };
    default:
      return { type, data: null };
  }
}

export function isNil(value: GoValue): boolean {
  return value.data === null;
}

/** Follows pointers and interfaces down to the value itself; stops at a nil one. */
export function indirect(value: Arg): { value: Arg; isNil: boolean } {
  let current = value;
  while (current !== undefined && (current.type.kind === "pointer" || current.type.kind === "interface")) {
    if (current.data === null) return { value: current, isNil: true };
    current = current.data as GoValue;
  }
  return { value: current, isNil: false };
}

/** The dynamic value of an interface; undefined for a nil one. */
export function unwrap(value: Arg): Arg {
  let current = value;
  while (current?.type.kind === "interface") current = (current.data as GoValue | null) ?? undefined;
  return current;
}

/** What `if`, `and`, `not` and the like take a value for. */
export function isTrue(argument: Arg): boolean {
  const value = unwrap(argument);
  if (value === undefined) return false;
  switch (value.type.kind) {
    case "bool":
      return value.data as boolean;
    case "int":
    case "uint":
    case "float":
      return Number(value.data) !== 0;
    case "string":
      return value.data !== "";
    case "slice":
    case "array":
      return elementsOf(value).length > 0;
    case "map":
      return entriesOf(value).size > 0;
    case "struct":
      return true;
    default:
      return value.data !== null;
  }
}

export interface FoundField {
  field: Field;
  /** Undefined when an embedded pointer on the way is nil. */
  value: GoValue | undefined;
}

/** A field of a struct, also one promoted from an embedded struct: the shallowest wins. */
export function fieldOf(struct: GoValue, name: string): FoundField | undefined {
  const own = struct.type.fields?.find((field) => field.name === name);
  const data = struct.data as Map<string, GoValue>;
  if (own !== undefined) return { field: own, value: data.get(name) ?? zero(own.type) };
  for (const field of struct.type.fields ?? []) {
    if (!field.embedded) continue;
    const inner = data.get(field.name) ?? zero(field.type);
    const target = inner.type.kind === "pointer" ? inner.data : inner;
    const found = fieldOf((target as GoValue | null) ?? zero(inner.type.elem as GoType), name);
    if (found !== undefined) return target === null ? { field: found.field, value: undefined } : found;
  }
  return undefined;
}

/** The entries of a map in Go's printing order. */
export function sortedEntries(map: GoValue): [string, GoValue][] {
  return [...entriesOf(map)].sort(([a], [b]) => compareBytes(a, b));
}

/** Go compares strings by their bytes, which for UTF-8 is by code point. */
export function compareBytes(a: string, b: string): number {
  if (a === b) return 0;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
