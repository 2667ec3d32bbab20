// Decodes parsed JSON into a typed Go value, as encoding/json does for a struct.
import type { GoType, GoValue } from "./type.ts";
import { anyType, float64Type } from "./type.ts";
import { elementsOf, entriesOf, stringOf, unwrap, zero } from "./value.ts";
import { inInterface } from "./json-parse.ts";

/** What does not fit the type becomes its zero value. */
export function decode(source: GoValue | undefined, type: GoType): GoValue {
  const value = unwrap(source);
  if (value === undefined) return zero(type);
  switch (type.kind) {
    case "interface":
      return inInterface(withFloats(value));
    case "pointer":
      return { type, data: decode(value, type.elem as GoType) };
    case "struct":
      return type.fields === undefined || type.fields.length === 0
        ? decodeOpaque(value, type)
        : decodeStruct(value, type);
    case "map":
      return decodeMap(value, type);
    case "slice":
    case "array":
      if (value.type.kind !== "slice") return zero(type);
      return { type, data: elementsOf(value).map((item) => decode(item, type.elem as GoType)) };
    default:
      return decodeScalar(value, type);
  }
}

/** A struct that is one JSON text, such as time.Time. */
function decodeOpaque(value: GoValue, type: GoType): GoValue {
  return value.type.kind === "string" ? { type, data: stringOf(value) } : zero(type);
}

function decodeStruct(value: GoValue, type: GoType): GoValue {
  if (value.type.kind !== "map") return zero(type);
  const source = entriesOf(value);
  const data = new Map<string, GoValue>();
  for (const field of type.fields ?? []) {
    if (field.embedded && field.json === field.name) data.set(field.name, decode(value, field.type));
    else data.set(field.name, decode(lookUp(source, field.json), field.type));
  }
  return { type, data };
}

/** Go matches a key exactly, else without regard to case. */
function lookUp(source: ReadonlyMap<string, GoValue>, name: string): GoValue | undefined {
  if (name === "") return undefined;
  const exact = source.get(name);
  if (exact !== undefined) return exact;
  const folded = name.toLowerCase();
  for (const [key, value] of source) if (key.toLowerCase() === folded) return value;
  return undefined;
}

function decodeMap(value: GoValue, type: GoType): GoValue {
  if (value.type.kind !== "map") return zero(type);
  const entries = [...entriesOf(value)].map(([key, item]): [string, GoValue] => [
    key,
    decode(item, type.elem as GoType),
  ]);
  return { type, data: new Map(entries) };
}

function decodeScalar(value: GoValue, type: GoType): GoValue {
  const text = value.data;
  const isNumber = value.type.name === "json.Number";
  if (type.kind === "bool") return value.type.kind === "bool" ? { type, data: text } : zero(type);
  if (type.kind === "string") return isNumber || typeof text !== "string" ? zero(type) : { type, data: text };
  if (!isNumber) return zero(type);
  if (type.kind === "float") return { type, data: Number(text) };
  return { type, data: integer(text as string) };
}

function integer(digits: string): number | bigint {
  const number = Number(digits);
  return Number.isSafeInteger(number) || !/^-?\d+$/.test(digits) ? number : BigInt(digits);
}

/** Without UseNumber, a number in an `interface{}` is a float64. */
function withFloats(value: GoValue): GoValue {
  if (value.type.name === "json.Number") return { type: float64Type, data: Number(value.data) };
  if (value.type.kind === "slice")
    return { type: value.type, data: elementsOf(value).map((item) => decode(item, anyType)) };
  if (value.type.kind === "map")
    return {
      type: value.type,
      data: new Map([...entriesOf(value)].map(([key, item]) => [key, decode(item, anyType)])),
    };
  return value;
}
