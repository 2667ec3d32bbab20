// Go's types, as far as a template can tell them apart. `--format` runs over Go values in Docker's client, and what it
// prints or refuses depends on the static types there, so ours carries them too.

export type Kind =
  | "bool"
  | "int"
  | "uint"
  | "float"
  | "string"
  | "slice"
  | "array"
  | "map"
  | "struct"
  | "pointer"
  | "interface"
  | "func";

export interface Field {
  name: string;
  type: GoType;
  /** Name in JSON; empty when it is left out (`json:"-"`). */
  json: string;
  omitEmpty: boolean;
  /** Its fields and methods belong to the outer struct too. */
  embedded: boolean;
}

export interface Method {
  params: readonly GoType[];
  variadic?: boolean;
  result: GoType;
  /** Throwing says `error calling NAME: message`. */
  call(receiver: GoValue, args: readonly Arg[]): Arg;
}

export interface GoType {
  kind: Kind;
  /** As `%T` prints it: `container.State`, `[]string`. */
  name: string;
  /** Declared by name, so no other type is assignable to it. */
  named: boolean;
  elem?: GoType;
  key?: GoType;
  fields?: readonly Field[];
  /** Methods of the type, or of the pointer to it. */
  methods?: ReadonlyMap<string, Method>;
  /** `String()` of the type, which printing uses. */
  stringer?: (value: GoValue) => string;
  /** `MarshalJSON` of the type. */
  marshal?: (value: GoValue) => string;
}

/**
 * `data` by kind: boolean; number, or bigint where a number is not exact; string; GoValue[] or null; Map or null;
 * a struct's Map of fields; the pointee or null; the dynamic value or null.
 */
export interface GoValue {
  type: GoType;
  data: unknown;
}

/** Go's invalid reflect.Value: the result of looking up what is not there. */
export type Arg = GoValue | undefined;

function basic(kind: Kind, name: string): GoType {
  return { kind, name, named: false };
}

export const boolType = basic("bool", "bool");
export const intType = basic("int", "int");
export const int64Type = basic("int", "int64");
export const uint64Type = basic("uint", "uint64");
export const byteType = basic("uint", "uint8");
export const float64Type = basic("float", "float64");
export const stringType = basic("string", "string");
export const anyType = basic("interface", "interface {}");
/** encoding/json's Number: the digits as they were written. */
export const numberType: GoType = { kind: "string", name: "json.Number", named: true };

export function pointerTo(elem: GoType): GoType {
  return { kind: "pointer", name: `*${elem.name}`, named: false, elem };
}

export function sliceOf(elem: GoType): GoType {
  return { kind: "slice", name: `[]${elem.name}`, named: false, elem };
}

export function mapOf(key: GoType, elem: GoType): GoType {
  return { kind: "map", name: `map[${key.name}]${elem.name}`, named: false, key, elem };
}

export const anySliceType = sliceOf(anyType);
export const anyMapType = mapOf(stringType, anyType);
export const stringSliceType = sliceOf(stringType);
export const stringMapType = mapOf(stringType, stringType);

/** Whether nil is a value of the type. */
export function canBeNil(type: GoType): boolean {
  return ["pointer", "interface", "map", "slice", "func"].includes(type.kind);
}

export function assignable(from: GoType, to: GoType): boolean {
  if (to.kind === "interface" || from === to || from.name === to.name) return true;
  if (from.named && to.named) return false;
  return sameShape(from, to);
}

/** Identical underlying types, where only composite ones can be unnamed. */
function sameShape(from: GoType, to: GoType): boolean {
  if (from.kind !== to.kind || (!from.named && !to.named)) return false;
  if (from.kind !== "slice" && from.kind !== "map") return false;
  return from.elem?.name === to.elem?.name && from.key?.name === to.key?.name;
}
