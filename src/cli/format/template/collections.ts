// index, slice and len.
import type { Arg, GoType, GoValue } from "../go/type.ts";
import { assignable, byteType, canBeNil } from "../go/type.ts";
import { elementsOf, entriesOf, goInt, indirect, stringOf, unwrap, zero } from "../go/value.ts";

export function index(item: Arg, indexes: readonly Arg[]): Arg {
  let current = unwrap(item);
  if (current === undefined) throw new Error("index of untyped nil");
  for (const each of indexes) {
    const target = indirect(current);
    if (target.isNil) throw new Error("index of nil pointer");
    current = indexOne(target.value as GoValue, unwrap(each));
  }
  return current;
}

function indexOne(item: GoValue, at: Arg): GoValue {
  switch (item.type.kind) {
    case "slice":
    case "array": {
      const items = elementsOf(item);
      const found = items[position(at, items.length)];
      if (found === undefined) throw new Error("reflect: slice index out of range");
      return found;
    }
    case "string": {
      const bytes = Buffer.from(stringOf(item));
      const byte = bytes[position(at, bytes.length)];
      if (byte === undefined) throw new Error("reflect: string index out of range");
      return { type: byteType, data: byte };
    }
    case "map": {
      const key = mapKey(at, item.type.key as GoType);
      return entriesOf(item).get(key) ?? zero(item.type.elem as GoType);
    }
    default:
      throw new Error(`can't index item of type ${item.type.name}`);
  }
}

function mapKey(key: Arg, type: GoType): string {
  if (key === undefined) {
    if (!canBeNil(type)) throw new Error(`value is nil; should be of type ${type.name}`);
    return "";
  }
  if (!assignable(key.type, type)) throw new Error(`value has type ${key.type.name}; should be ${type.name}`);
  return stringOf(key);
}

function position(at: Arg, length: number): number {
  if (at === undefined) throw new Error("cannot index slice/array with nil");
  if (at.type.kind !== "int" && at.type.kind !== "uint")
    throw new Error(`cannot index slice/array with type ${at.type.name}`);
  const place = Number(at.data);
  if (place < 0 || place > length) throw new Error(`index out of range: ${place}`);
  return place;
}

export function slice(item: Arg, indexes: readonly Arg[]): GoValue {
  const value = unwrap(item);
  if (value === undefined) throw new Error("slice of untyped nil");
  if (indexes.length > 3) throw new Error(`too many slice indexes: ${indexes.length}`);
  const isString = value.type.kind === "string";
  if (isString && indexes.length === 3) throw new Error("cannot 3-index slice a string");
  if (!isString && value.type.kind !== "slice" && value.type.kind !== "array")
    throw new Error(`can't slice item of type ${value.type.name}`);
  const bytes = isString ? Buffer.from(stringOf(value)) : undefined;
  const length = bytes?.length ?? elementsOf(value).length;
  const places = indexes.map((each) => position(unwrap(each), length));
  const [from = 0, to = length, capacity] = places;
  if (from > to) throw new Error(`invalid slice index: ${from} > ${to}`);
  if (capacity !== undefined && to > capacity) throw new Error(`invalid slice index: ${to} > ${capacity}`);
  if (bytes !== undefined) return { type: value.type, data: bytes.subarray(from, to).toString("utf8") };
  return { type: value.type, data: elementsOf(value).slice(from, to) };
}

export function length(item: Arg): GoValue {
  if (item === undefined) throw new Error("reflect: call of reflect.Value.Type on zero Value");
  const target = indirect(item);
  if (target.isNil) throw new Error("len of nil pointer");
  const value = target.value as GoValue;
  switch (value.type.kind) {
    case "string":
      return goInt(Buffer.byteLength(stringOf(value)));
    case "slice":
    case "array":
      return goInt(elementsOf(value).length);
    case "map":
      return goInt(entriesOf(value).size);
    default:
      throw new Error(`len of type ${value.type.name}`);
  }
}
